package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/testplugin"
)

// release is a directory of artifacts, and the server that publishes them.
type release struct {
	*site
	t     *testing.T
	index string // the index file
	tmp   string // for temporary files
}

func newRelease(t *testing.T) *release {
	t.Helper()
	// The path of t.TempDir is too long for a Unix socket.
	dir, err := os.MkdirTemp("/tmp", "m")
	r := &release{t: t, index: filepath.Join(dir, "dist", "plugins-index.yaml"), tmp: filepath.Join(dir, "t")}
	r.check(err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	r.check(os.MkdirAll(filepath.Join(dir, "dist", "deps"), 0o700))
	r.check(os.Mkdir(r.tmp, 0o700))
	r.site = newSite(filepath.Join(dir, "dist"))
	t.Cleanup(r.Close)
	return r
}

func (r *release) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

var host = runtime.GOOS + "_" + runtime.GOARCH

// plugin adds a plugin for this machine that behaves as its name says.
func (r *release) plugin(name string) { testplugin.Link(r.t, r.dir, name+"_"+host) }

func (r *release) write(name string, data []byte) {
	r.t.Helper()
	r.check(os.WriteFile(filepath.Join(r.dir, name), data, 0o600))
}

func (r *release) read(name string) []byte {
	r.t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, name))
	r.check(err)
	return data
}

// member is an entry of an archive. size overrides the size in its header, which is otherwise that
// of data.
type member struct {
	name string
	data []byte
	kind byte
	size int64
}

func (r *release) tarball(name string, members ...member) {
	r.t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for _, m := range members {
		header := &tar.Header{Name: m.name, Typeflag: m.kind, Size: max(m.size, int64(len(m.data))), Mode: 0o755}
		if m.kind == tar.TypeSymlink || m.kind == tar.TypeLink {
			header.Linkname, header.Size = "/bin/true", 0
		}
		r.check(tw.WriteHeader(header))
		_, err := tw.Write(m.data)
		r.check(err)
	}
	_ = tw.Flush() // data may be shorter than the size in the header
	r.check(zw.Close())
	r.write(name, b.Bytes())
}

// program returns a program for windows/arm64, where no test runs.
var program = sync.OnceValue(func() []byte { return testplugin.Executable("windows", "arm64", 5000) })

const artifactX = "source_x_windows_arm64"

// good adds one archive and a valid index, changed by mutate.
func (r *release) good(mutate ...func(*index.Index)) {
	r.t.Helper()
	r.tarball(artifactX+".tar.gz", member{name: artifactX, data: program()})
	r.indexOf(artifactX+".tar.gz", mutate...)
}

// truncate cuts the archive of good in half.
func (r *release) truncate() {
	r.t.Helper()
	data := r.read(artifactX + ".tar.gz")
	r.write(artifactX+".tar.gz", data[:len(data)/2])
}

// rebuild replaces the archive of good with one of another program.
func (r *release) rebuild() {
	r.t.Helper()
	r.tarball(artifactX+".tar.gz", member{name: artifactX, data: append(bytes.Clone(program()), 1)})
}

// indexOf writes an index of one artifact.
func (r *release) indexOf(file string, mutate ...func(*index.Index)) {
	r.t.Helper()
	ix := index.Index{Entries: []index.Entry{{
		Name: "x", Type: index.TypeSource, Description: "X", Version: "v1.0.0",
		URLs: []index.Artifact{{
			URL: r.URL + "/" + file, Checksum: sum(r.read(file)), Platform: index.Platform{OS: "windows", Arch: "arm64"},
		}},
	}}}
	for _, change := range mutate {
		change(&ix)
	}
	text, err := index.Encode(ix)
	r.check(err)
	r.write("plugins-index.yaml", text)
}

func sum(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// generate writes the index with indexgen generate.
func (r *release) generate() {
	r.t.Helper()
	cmd := exec.Command("indexgen", "generate", "--base-url", r.URL, "--dist", r.dir)
	cmd.Env = append(os.Environ(), "TMPDIR="+r.tmp)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%v\n%s", err, out)
	}
}

// replace changes the index's text.
func (r *release) replace(old, text string) {
	r.t.Helper()
	before := r.read("plugins-index.yaml")
	after := bytes.ReplaceAll(before, []byte(old), []byte(text))
	if bytes.Equal(before, after) {
		r.t.Fatalf("no %q in\n%s", old, before)
	}
	r.write("plugins-index.yaml", after)
}

// first changes the first entry.
func first(mutate func(*index.Entry)) func(*index.Index) {
	return func(ix *index.Index) { mutate(&ix.Entries[0]) }
}

// goProgram returns a Go program whose build information names a version. It is built once. For an
// architecture other than this machine's, only the header is changed.
func goProgram(t *testing.T, arch, version string) []byte {
	t.Helper()
	data, err := goProgramOnce()
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.ReplaceAll(data, []byte("\t(devel)"), []byte("\t"+version))
	machine := map[string]elf.Machine{"arm64": elf.EM_AARCH64, "riscv64": elf.EM_RISCV}[arch]
	binary.LittleEndian.PutUint16(data[18:], uint16(machine))
	return data
}

var goProgramOnce = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "program")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"go.mod": "module example.com/x\n", "main.go": "package main\n\nvar x string\n\nfunc main() { println(x) }\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-X=main.x=a", "-o", "x", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return os.ReadFile(filepath.Join(dir, "x"))
})
