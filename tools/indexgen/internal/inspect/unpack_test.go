package inspect_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"botkube-plugins/tools/indexgen/internal/inspect"
)

// modeFile is an entry of an archive with its mode, which has fs.ModeDir for a directory.
type modeFile struct {
	name string
	mode fs.FileMode
}

// both returns a tar and a zip archive, in which every file is a script.
func both(t *testing.T, files ...modeFile) map[string][]byte {
	t.Helper()
	const script = "#!/bin/sh\n"
	var tarred, zipped bytes.Buffer
	tw, zw := tar.NewWriter(&tarred), zip.NewWriter(&zipped)
	for _, f := range files {
		hdr := &tar.Header{Name: f.name, Typeflag: tar.TypeReg, Size: int64(len(script)), Mode: int64(f.mode.Perm())}
		zipHdr := &zip.FileHeader{Name: f.name}
		zipHdr.SetMode(f.mode)
		content := script
		if f.mode.IsDir() {
			hdr.Typeflag, hdr.Size, content = tar.TypeDir, 0, ""
		}
		if !strings.Contains(f.name, "\x00") { // tar cannot store it
			check(t, tw.WriteHeader(hdr))
			_, err := tw.Write([]byte(content))
			check(t, err)
		}
		w, err := zw.CreateHeader(zipHdr)
		check(t, err)
		_, err = w.Write([]byte(content))
		check(t, err)
	}
	check(t, tw.Close())
	check(t, zw.Close())
	return map[string][]byte{".tar": tarred.Bytes(), ".zip": zipped.Bytes()}
}

// go-getter 1.7.3 fails where the operating system fails, which it asks for each entry in turn.
func TestRefusedByOperatingSystem(t *testing.T) {
	const dir = fs.ModeDir | 0o755
	helm := modeFile{"helm", 0o755}
	const twice, readOnly = "entry is both a file and a directory: ", "entry replaces a file that is read-only: a"
	for name, test := range map[string]struct {
		files []modeFile
		found string // empty if go-getter unpacks both archives
		zip   string // the same for zip, if it differs; "-" if go-getter unpacks it
	}{
		"directory, then file":  {[]modeFile{{"a/", dir}, {"a", 0o644}, helm}, twice + "a", ""},
		"file, then directory":  {[]modeFile{{"a", 0o644}, {"./a/", dir}, helm}, twice + "a", ""},
		"file, then child":      {[]modeFile{{"a", 0o644}, {"a/b/c", 0o644}, helm}, twice + "a", ""},
		"child, then file":      {[]modeFile{{"a/b/c", 0o644}, {"a/b", 0o644}, helm}, twice + "a/b", ""},
		"root as a file":        {[]modeFile{{".", 0o644}, helm}, twice + ".", ""},
		"directory twice":       {[]modeFile{{"a/b", 0o644}, {"a/", dir}, {"a/", dir}, helm}, "", ""},
		"long name":             {[]modeFile{{"a/" + strings.Repeat("x", 256) + "/b", 0o644}, helm}, "entry with a file name of more than 255 bytes: " + strings.Repeat("x", 60), ""},
		"longest name":          {[]modeFile{{strings.Repeat("x", 255) + "/" + strings.Repeat("x", 255), 0o644}, helm}, "", ""},
		"NUL":                   {[]modeFile{{"a\x00", 0o644}, helm}, "", "entry with a NUL in its name"},
		"read-only duplicate":   {[]modeFile{{"a", 0o555}, {"./a", 0o755}, helm}, readOnly, ""},
		"duplicate without any": {[]modeFile{{"a", 0}, {"a", 0o755}, helm}, readOnly, ""},
		"write-only duplicate":  {[]modeFile{{"a", 0o200}, {"a", 0o755}, helm}, readOnly, ""},
		"last one read-only":    {[]modeFile{{"a", 0o644}, {"a", 0o444}, helm}, "", ""},
		"locked root":           {[]modeFile{{"./", fs.ModeDir}, helm}, `the directory "." with the permissions ----------`, "-"},
		"root without r":        {[]modeFile{{"./", fs.ModeDir | 0o300}, helm}, "", ""}, // it is empty when it is removed
		"root without r, file":  {[]modeFile{{"./", fs.ModeDir | 0o300}, helm, {"z", 0o644}}, `the directory "." with the permissions --wx------`, "-"},
		"read-only root":        {[]modeFile{{"./", fs.ModeDir | 0o555}, helm}, `the directory "." with the permissions -r-xr-xr-x`, "-"},
		"read-only directory":   {[]modeFile{{"a/b/", dir}, {"a/", fs.ModeDir | 0o555}, helm}, `the directory "a" with the permissions -r-xr-xr-x`, "-"},
		"locked, then child":    {[]modeFile{{"a/", fs.ModeDir | 0o600}, {"a/b/", dir}, {"a/", dir}, helm}, "entry is below a directory with the permissions -rw-------: a/b", "-"},
		"child, then locked":    {[]modeFile{{"a/b/", dir}, {"a/", fs.ModeDir | 0o600}, {"a/", dir}, helm}, "", ""},
		"locked, then file":     {[]modeFile{{"a/", fs.ModeDir | 0o600}, {"a/b", 0o644}, {"a/", dir}, helm}, "", ""},
		"locked, but empty":     {[]modeFile{{"a/b/", fs.ModeDir}, {"a/", dir}, helm}, "", ""},
	} {
		for suffix, data := range both(t, test.files...) {
			want := test.found
			if suffix == ".zip" && test.zip != "" {
				want = strings.TrimPrefix(test.zip, "-")
			}
			var found string
			for _, p := range stream(t, data, inspect.Subject{Archive: suffix, File: "helm"}, inspect.Options{}) {
				found += p.Found
			}
			if (want == "") != (found == "") || !strings.Contains(found, want) {
				t.Errorf("%s, %s: found %q, want %q", name, suffix, found, want)
			}
		}
	}
}

// go-getter copies a directory that the URL names after //, with everything in it and without
// looking at the permissions to write, and ignores everything else in the archive.
func TestPermissionsOfNamedDirectory(t *testing.T) {
	const dir = fs.ModeDir | 0o755
	helm := modeFile{"x/y/helm", 0o755}
	for name, test := range map[string]struct {
		pattern string
		files   []modeFile
		found   string // in the tar archive
		zip     string // the same for zip
	}{
		"locked elsewhere":     {"x/y", []modeFile{{"z/", fs.ModeDir}, {"z/a", 0o644}, {"x/a", 0}, helm}, "", ""},
		"read-only":            {"x/y", []modeFile{{"x/y/", fs.ModeDir | 0o500}, {"x/", fs.ModeDir | 0o500}, {"./", fs.ModeDir | 0o500}, helm}, "", ""},
		"unreadable file":      {"x/y", []modeFile{{"x/y/z/a", 0o300}, helm}, `the file "x/y/z/a" with the permissions --wx------`, `the file "x/y/z/a" with`},
		"unreadable plugin":    {"x/y", []modeFile{{"x/y/helm", 0}}, `the file "x/y/helm" with the permissions ----------`, `the file "x/y/helm" with`},
		"unreadable directory": {"x/y", []modeFile{{"x/y/z/", fs.ModeDir | 0o300}, helm}, `the directory "x/y/z" with the permissions --wx------`, ""},
		"closed directory":     {"x/y", []modeFile{{"x/y/z/", fs.ModeDir | 0o600}, {"x/y/z/a", 0o644}, helm}, `the directory "x/y/z" with the permissions -rw-------`, ""},
		"closed, but empty":    {"x/y", []modeFile{{"x/y/z/", fs.ModeDir | 0o600}, helm}, "", ""},
		"of another name":      {"x/y", []modeFile{{"x/yz/a", 0}, helm}, "", ""},
		"unlisted":             {"x/y", []modeFile{{"x/", fs.ModeDir | 0o100}, {"./", fs.ModeDir | 0o100}, helm}, "", ""},
		"closed parent":        {"x/y", []modeFile{{"x/", fs.ModeDir | 0o600}, helm}, "an archive without x/y/helm", ""},
		"unlisted, a pattern":  {"x/*", []modeFile{{"x/", fs.ModeDir | 0o300}, helm}, "an archive without x/*/helm", ""},
		"unlisted root":        {"?/y", []modeFile{{"./", fs.ModeDir | 0o300}, helm}, "an archive without ?/y/helm", ""},
		"unlisted above":       {"x/*", []modeFile{{"./", fs.ModeDir | 0o300}, helm}, "", ""},
		"unlisted, at the top": {"*", []modeFile{{"./", fs.ModeDir | 0o300}, {"helm", 0o755}}, "an archive without */helm", "an archive without */helm"},
		"the second is found":  {"*/y", []modeFile{{"a/y/helm", 0o755}, {"a/", fs.ModeDir}, helm, {"z/y/helm", 0}, {"z/", fs.ModeDir}}, "", "the directories a/y, x/y, z/y in the archive"},
		"only one is found":    {"*/y", []modeFile{{"a/y/", dir}, {"a/", fs.ModeDir}, helm}, "", "the directories a/y, x/y in the archive"},
	} {
		for suffix, data := range both(t, test.files...) {
			want := test.found
			if suffix == ".zip" {
				want = test.zip
			}
			var found string
			for _, p := range stream(t, data, inspect.Subject{Archive: suffix, File: "helm", Dir: test.pattern}, inspect.Options{}) {
				found += p.Found
			}
			if (want == "") != (found == "") || !strings.Contains(found, want) {
				t.Errorf("%s, %s: found %q, want %q", name, suffix, found, want)
			}
		}
	}
}

// Botkube must list the top level to find a plugin, but not to find a dependency.
func TestRootOfPlugin(t *testing.T) {
	for mode, want := range map[fs.FileMode]string{0o700: "", 0o300: `the directory "." with the permissions --wx------ in the archive`} {
		data := both(t, modeFile{"./", fs.ModeDir | mode}, modeFile{"plugin", 0o755})[".tar"]
		var found string
		for _, p := range stream(t, data, inspect.Subject{Archive: ".tar"}, inspect.Options{}) {
			found += p.Found
		}
		if found != want {
			t.Errorf("%s: found %q, want %q", mode, found, want)
		}
	}
}

// go-getter writes an empty file for each link and device of a tar archive, and for a link of a zip
// archive a file with its target. That is no program, but does no harm elsewhere.
func TestLinksAndDevices(t *testing.T) {
	const link, empty = "helm, a link that go-getter does not create, in the archive", "helm, an empty file, in the archive"
	for kind, want := range map[byte]string{tar.TypeLink: link, tar.TypeSymlink: link, tar.TypeChar: empty, tar.TypeBlock: empty, tar.TypeFifo: empty} {
		t.Run(string(kind), func(t *testing.T) {
			var b bytes.Buffer
			w := tar.NewWriter(&b)
			check(t, w.WriteHeader(&tar.Header{Name: "helm", Typeflag: kind, Linkname: "/bin/true"}))
			check(t, w.WriteHeader(&tar.Header{Name: "other", Typeflag: tar.TypeReg, Size: 10}))
			_, err := w.Write([]byte("#!/bin/sh\n"))
			check(t, err)
			check(t, w.Close())
			wantFound(t, ".tar", b.Bytes(), map[string]string{"helm": want, "other": ""})
		})
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range map[string]string{"helm": "helm-3.1", "script": "#!/bin/sh\n"} { // the second is only called a link
		hdr := &zip.FileHeader{Name: name}
		hdr.SetMode(fs.ModeSymlink | 0o777)
		entry, err := w.CreateHeader(hdr)
		check(t, err)
		_, err = entry.Write([]byte(content))
		check(t, err)
	}
	check(t, w.Close())
	wantFound(t, ".zip", b.Bytes(), map[string]string{"helm": link, "script": ""})
}

// wantFound checks what is found if a file in an archive is the dependency.
func wantFound(t *testing.T, suffix string, archive []byte, want map[string]string) {
	t.Helper()
	for file, want := range want {
		var found string
		for _, p := range stream(t, archive, inspect.Subject{Archive: suffix, File: file}, inspect.Options{}) {
			found += p.Found
		}
		if found != want {
			t.Errorf("%s in a %s archive: found %q, want %q", file, suffix, found, want)
		}
	}
}

// The stated size of an entry without content does not count.
func TestSizeOfEntryWithoutContent(t *testing.T) {
	data := both(t, modeFile{"a/", fs.ModeDir | 0o755}, modeFile{"helm", 0o755})
	header := data[".tar"][:512]
	copy(header[124:136], "77777777777\x00")
	copy(header[148:156], "        ")
	sum := 0
	for _, b := range header {
		sum += int(b)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
	directory := bytes.Index(data[".zip"], []byte("PK\x01\x02"))
	copy(data[".zip"][directory+24:], "\xfe\xff\xff\xff")
	for suffix, data := range data {
		if got := stream(t, data, inspect.Subject{Archive: suffix, File: "helm"}, inspect.Options{}); len(got) > 0 {
			t.Errorf("%s: %v", suffix, got)
		}
	}
}

// go-getter unpacks every file, so a damaged one next to the plugin is enough to make it fail.
func TestDamagedSideFile(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range []file{{"README.md", []byte("contents")}, {"helm", []byte("#!/bin/sh\n")}} {
		entry, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Store})
		check(t, err)
		_, err = entry.Write(f.data)
		check(t, err)
	}
	check(t, w.Close())
	for data, want := range map[string]string{
		b.String(): "",
		strings.Replace(b.String(), "contents", "CONTENTS", 1): `"zip: checksum error" when it is unpacked`,
	} {
		var found string
		for _, p := range stream(t, []byte(data), inspect.Subject{Archive: ".zip", File: "helm"}, inspect.Options{}) {
			found += p.Found
		}
		if found != want {
			t.Errorf("found %q, want %q", found, want)
		}
	}
}
