package inspect_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
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
		"read-only root":        {[]modeFile{{"./", fs.ModeDir | 0o555}, helm}, `the directory "." with the permissions -r-xr-xr-x`, "-"},
		"read-only directory":   {[]modeFile{{"a/b/", dir}, {"a/", fs.ModeDir | 0o555}, helm}, `the directory "a" with the permissions -r-xr-xr-x`, "-"},
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
