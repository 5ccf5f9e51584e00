// Package inspect reads an artifact in a single pass: it hashes the artifact, unpacks it as Botkube
// does, and checks the executable in it.
package inspect

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/problem"
)

// Subject describes the artifact to inspect.
type Subject struct {
	// Name is the name of the artifact in problems.
	Name string
	// Platform is the platform of the executable. Without one, any file is accepted.
	Platform index.Platform
	// Dependency means that the file need not be an executable, but must not be one for another
	// platform.
	Dependency bool
	// Archive is the suffix of an archive, such as ".tar.gz", and empty for a binary.
	Archive string
	// File is the name of the file that Botkube takes from the archive. Without one, Botkube
	// picks the plugin by its own rule.
	File string
	// Dir is the directory in the archive that holds File: a pattern of path.Match that must match
	// exactly one directory, or empty for the top level.
	Dir string
}

// maxUnpacked is the default for Options.MaxUnpacked. Botkube has no limit, but no real plugin is
// that large.
const maxUnpacked = 2 << 30

// Options defines additional checks and outputs.
type Options struct {
	// Binary is the path of a binary that the archive must contain byte for byte, or empty.
	Binary string
	// Unpack is the path to write the file that Botkube takes to, or empty.
	Unpack string
	// MaxUnpacked is the largest unpacked size of an archive in bytes, headers included. 0 means 2
	// GiB.
	MaxUnpacked int64
	// Job is the part of the run's budget that the archive uses. nil means a budget for itself.
	Job *Job
	// OnRead is called with the number of bytes of each read. It may be nil.
	OnRead func(n int)
}

// Result is the result of an inspection.
type Result struct {
	SHA256   string // hexadecimal
	Size     int64  // of the file, in bytes
	Problems problem.List
}

// Artifact inspects the artifact in dir as Local does.
func Artifact(ctx context.Context, dir string, a artifact.Artifact, opts Options) (Result, error) {
	return Local(ctx, dir, Subject{Name: a.File, Platform: a.Platform, Archive: a.Archive}, opts)
}

// Local inspects the file of the subject's name in dir. A file that changes meanwhile is a problem,
// whatever was found in it.
func Local(ctx context.Context, dir string, subject Subject, opts Options) (Result, error) {
	file, err := Open(filepath.Join(dir, subject.Name))
	if err != nil {
		return Result{}, err
	}
	defer file.Close()
	r, err := Stream(ctx, file.File, subject, opts)
	if ctx.Err() == nil && file.Changed() {
		return Result{Problems: problem.List{Unsteady(file.Name())}}, nil
	}
	return r, err
}

// Stream inspects the artifact that it reads from in, in constant memory. Problems report what
// Botkube cannot install. The error reports what could not be read or written.
func Stream(ctx context.Context, in io.Reader, subject Subject, opts Options) (Result, error) {
	sum := newSummer(ctx, in, opts.OnRead)
	problems, err := contents(ctx, sum, in, subject, opts)
	if err != nil {
		return Result{}, err
	}
	// An unpacker may not read the data after the end of the archive.
	r, err := sum.finish()
	r.Problems = problems
	return r, err
}

// Sum only hashes what it reads from in. onRead is called as Options.OnRead is.
func Sum(ctx context.Context, in io.Reader, onRead func(n int)) (Result, error) {
	return newSummer(ctx, in, onRead).finish()
}

// Contents is Stream for a file whose checksum is known. The file is at its beginning.
func Contents(ctx context.Context, file *os.File, subject Subject, opts Options) (problem.List, error) {
	return contents(ctx, &counter{ctx: ctx, r: file, onRead: opts.OnRead}, file, subject, opts)
}

// contents inspects what it reads from r, which reads from in.
func contents(ctx context.Context, r, in io.Reader, subject Subject, opts Options) (problem.List, error) {
	if opts.MaxUnpacked == 0 {
		opts.MaxUnpacked = maxUnpacked
	}
	if opts.Job == nil {
		opts.Job = NewBudget(MaxContents, MaxDisk).Job()
	}
	insp := &inspection{Subject: subject, ctx: ctx, opts: opts}
	var err error
	if subject.Archive == "" {
		err = insp.binary(r)
	} else {
		err = insp.archive(r, in)
	}
	return insp.problems, err
}

// summer hashes and counts what it reads.
type summer struct {
	io.Reader
	count *counter
	sum   hash.Hash
}

func newSummer(ctx context.Context, in io.Reader, onRead func(int)) *summer {
	count, sum := &counter{ctx: ctx, r: in, onRead: onRead}, sha256.New()
	return &summer{io.TeeReader(count, sum), count, sum}
}

// finish reads the rest.
func (s *summer) finish() (Result, error) {
	if err := readAll(s); err != nil {
		return Result{}, err
	}
	return Result{SHA256: hex.EncodeToString(s.sum.Sum(nil)), Size: s.count.n}, nil
}

// counter counts the bytes that it reads, and fails when its context ends.
type counter struct {
	ctx    context.Context
	r      io.Reader
	n      int64
	onRead func(int)
}

func (c *counter) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.onRead != nil {
		c.onRead(n)
	}
	return n, err
}

// inspection is the inspection of one artifact.
type inspection struct {
	Subject
	ctx      context.Context
	opts     Options
	unpacked int64 // bytes of the archive's files so far
	spent    int64 // bytes of the budget so far
	names    int64 // bytes of the names of the archive's entries so far
	entries  int
	tree     tree
	taken    map[string]*candidate // the file that Botkube takes, by the directory
	problems problem.List
}

func (i *inspection) report(found, want, hint string) {
	i.problems = append(i.problems, problem.Problem{Where: i.Name, Found: found, Want: want, Hint: hint})
}

func (i *inspection) wantExecutable() string {
	switch {
	case i.Platform == (index.Platform{}):
		return "a program"
	case i.Dependency:
		return fmt.Sprintf("a program for %s", i.Platform)
	}
	return fmt.Sprintf("an executable for %s", i.Platform)
}

func (i *inspection) binary(r io.Reader) error {
	c, err := i.examine(i.Name, r, false)
	if err == nil && c.found != "" {
		i.report(c.found, i.wantExecutable(), "")
	}
	return err
}

// readHead reads the bytes that checkHeader needs, or everything if the file is shorter.
func readHead(r io.Reader) ([]byte, error) {
	head := make([]byte, headerSize)
	n, err := io.ReadFull(r, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], err
}

// candidate is a file of an archive that Botkube may take for the plugin.
type candidate struct {
	name    string
	found   string // what it is, if not an executable for the platform
	differs bool   // whether it differs from Options.Binary
}

// examine reads one candidate to its end. link reports whether it is a link in the archive.
func (i *inspection) examine(name string, r io.Reader, link bool) (*candidate, error) {
	head, err := readHead(r)
	if err != nil {
		return nil, err
	}
	c := &candidate{name: name}
	exe, _ := readHeader(head)
	if i.Platform != (index.Platform{}) && (exe != nil || !i.Dependency) {
		c.found, _ = checkHeader(head, i.Platform)
	} else {
		c.found = noProgram(head)
	}
	if link && exe == nil && !bytes.HasPrefix(head, []byte("#!")) {
		c.found = "a link that go-getter does not create"
	}
	r = io.MultiReader(bytes.NewReader(head), r)

	if i.opts.Unpack != "" {
		out, err := os.OpenFile(i.opts.Unpack, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o700)
		if err != nil {
			return nil, err
		}
		defer out.Close()
		r = io.TeeReader(r, i.opts.Job.Writer(i.ctx, out))
	}
	if i.opts.Binary != "" && i.Archive != "" {
		binary, err := os.Open(i.opts.Binary)
		if err != nil {
			return nil, err
		}
		defer binary.Close()
		same, err := equal(r, binary)
		if err != nil {
			return nil, err
		}
		c.differs = !same
	}
	return c, readAll(r)
}

func (c *candidate) isNoProgram() bool { return c != nil && c.found != "" }

// verdict reports the problems of the file that Botkube takes.
func (i *inspection) verdict() {
	const rule = "Botkube starts the first top-level file, in name order, that is not hidden and has no extension " +
		"(or .exe or .sh); put nothing but the binary into the archive"
	var dir string // none if several match
	dirs := i.matchDirs()
	if len(dirs) == 1 {
		dir = dirs[0]
	}
	if len(dirs) > 10 {
		dirs = append(dirs[:10], "…")
	}
	taken := i.taken[dir]
	switch {
	case len(dirs) > 1:
		i.report(
			fmt.Sprintf("the directories %s in the archive", strings.Join(dirs, ", ")),
			fmt.Sprintf("one that matches %q", i.Dir), "go-getter refuses to choose; name the directory after // completely",
		)
	case taken == nil && i.File != "":
		i.report("an archive without "+path.Join(i.Dir, i.File), "the file that Botkube takes from it",
			"name the file's directory in the archive with // at the end of the URL's path; the file must have the dependency's own name")
	case taken.isNoProgram() && i.File != "":
		i.report(fmt.Sprintf("%s, %s, in the archive", taken.name, taken.found), i.wantExecutable(), "")
	case taken == nil:
		i.report("an archive in which Botkube finds no plugin", "the plugin's binary at its top level", rule)
	case taken.found != "":
		i.report(fmt.Sprintf("%s, %s, which Botkube starts", taken.name, taken.found), i.wantExecutable(), rule)
	case taken.differs:
		i.report(
			fmt.Sprintf("%s, which Botkube starts, with other bytes than %s", taken.name, filepath.Base(i.opts.Binary)),
			"the same bytes", "the archive is older than the binary or holds another one; build both again",
		)
	default:
		i.permissions(dir, taken)
	}
}

var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// readAll reads to the end. Its buffer fits into the cache of a processor core.
func readAll(r io.Reader) error {
	buf := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buf)
	for {
		if _, err := r.Read(buf[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// equal reports whether both readers return the same bytes. It stops at the first difference.
func equal(a, b io.Reader) (bool, error) {
	ra, rb := bufio.NewReaderSize(a, 64<<10), bufio.NewReaderSize(b, 64<<10)
	for {
		pa, errA := ra.Peek(32 << 10)
		pb, errB := rb.Peek(32 << 10)
		for _, err := range []error{errA, errB} {
			if err != nil && !errors.Is(err, io.EOF) {
				return false, err
			}
		}
		if !bytes.Equal(pa, pb) {
			return false, nil
		}
		if errA != nil {
			return errB != nil, nil // both ended
		}
		_, _ = ra.Discard(len(pa))
		_, _ = rb.Discard(len(pb))
	}
}
