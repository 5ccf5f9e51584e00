package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/inspect"
	"botkube-plugins/tools/indexgen/internal/verify"
)

// workDir is the directory for unfinished work in a mirror.
const workDir = ".indexgen-mirror"

// content identifies what a mirror stores.
type content struct {
	source string // the SHA-256 of the file that was downloaded
	taken  string // as in LockedFile
	plugin string // that it was checked for, as in verify.File
}

// stored is a file with a content.
type stored struct {
	path   string // on this machine
	size   int64
	sha256 string
	source Source
}

// store is the files that a mirror has, and those that a run adds. It is a verify.Keeper.
type store struct {
	ctx    context.Context
	out    string // the mirror
	work   string // for new files
	locked bool
	// trusted means that what a lock lists is there, although it cannot be read.
	trusted bool
	layout  layout
	// onRead is called with the number of bytes of each read of a file that is there.
	onRead func(int)

	mu      sync.Mutex
	sources map[string]Source        // by URL: those that are known by a lock, and those that were downloaded
	known   map[content][]LockedFile // where the mirror may have a content
	kept    map[content]stored
}

// openStore returns the store of the mirror. The locks say what it may have.
func openStore(ctx context.Context, out string, l layout, locks ...Lock) *store {
	s := &store{
		ctx: ctx, out: out, work: filepath.Join(out, workDir), layout: l,
		sources: map[string]Source{}, known: map[content][]LockedFile{}, kept: map[content]stored{},
	}
	for _, lock := range locks {
		for _, f := range lock.Files {
			if f.Source != nil {
				s.sources[f.Source.URL] = *f.Source
				for _, c := range f.contents() {
					s.known[c] = append(s.known[c], f)
				}
			}
		}
	}
	return s
}

// sourceOf returns what is known about the file's source.
func (s *store) sourceOf(f verify.File) (Source, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	source, ok := s.sources[f.Source]
	if f.SHA256 != "" && f.SHA256 != source.SHA256 {
		// The index states another checksum than the lock, or there is no lock.
		return Source{URL: f.Source, SHA256: f.SHA256}, !s.locked
	}
	return source, ok
}

// Has reports whether the mirror, or an interrupted run, has the file.
func (s *store) Has(f verify.File) (int64, bool, error) {
	source, ok := s.sourceOf(f)
	if s.locked && !ok {
		return 0, false, lockedError(problem.Line(f.Source)+", which it does not list", "")
	}
	if !ok {
		return 0, false, nil
	}
	c := content{source.SHA256, s.layout.take(f), f.Plugin}
	file, err := s.find(c)
	if err != nil || file.path == "" {
		return 0, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[c] = file
	s.sources[f.Source] = Source{f.Source, file.source.Size, c.source}
	return file.source.Size, true, nil
}

// find looks for a content, and reads it to compare its checksum. The path of the result is empty if
// there is none.
func (s *store) find(c content) (stored, error) {
	s.mu.Lock()
	file, ok := s.kept[c]
	s.mu.Unlock()
	if ok {
		return file, nil
	}
	for _, f := range s.known[c] {
		path := filepath.Join(s.out, filepath.FromSlash(f.Path))
		if s.trusted {
			return stored{path, f.Size, f.SHA256, *f.Source}, nil
		}
		if same, err := s.matches(path, f.Size, f.SHA256); same || err != nil {
			return stored{path, f.Size, f.SHA256, *f.Source}, err
		}
	}
	unfinished, err := filepath.Glob(filepath.Join(s.work, c.name()+"-*-*"))
	if err != nil {
		return stored{}, err
	}
	for _, path := range unfinished {
		parts := strings.Split(filepath.Base(path), "-")
		sourceSize, err := strconv.ParseInt(parts[1], 10, 64)
		info, gone := os.Stat(path)
		if err != nil || gone != nil {
			continue
		}
		if same, err := s.matches(path, info.Size(), parts[2]); same || err != nil {
			return stored{path, info.Size(), parts[2], Source{Size: sourceSize, SHA256: c.source}}, err
		}
	}
	return stored{}, nil
}

// name is a file name for a content.
func (c content) name() string {
	sum := sha256.Sum256([]byte(c.source + "\n" + c.taken + "\n" + c.plugin))
	return hex.EncodeToString(sum[:16])
}

// matches reports whether a regular file has this size and checksum.
func (s *store) matches(path string, size int64, digits string) (bool, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (!info.Mode().IsRegular() || info.Size() != size) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	sum, err := s.sum(path)
	return sum == digits, err
}

func (s *store) sum(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	r, err := inspect.Sum(s.ctx, file, s.onRead)
	return r.SHA256, err
}

// Keep moves a file that was checked to the directory for unfinished work.
func (s *store) Keep(f verify.File, d verify.Download) error {
	source := Source{f.Source, d.Size, d.SHA256}
	if known, ok := s.sourceOf(f); s.locked && (!ok || known.SHA256 != d.SHA256) {
		return lockedError(fmt.Sprintf("%s with the SHA-256 %s", problem.Line(f.Source), d.SHA256), known.SHA256)
	}
	c := content{d.SHA256, s.layout.take(f), f.Plugin}
	file := stored{path: d.Path, size: d.Size, sha256: d.SHA256, source: source}
	var err error
	switch {
	case strings.HasPrefix(c.taken, takenPacked):
		file.path = d.Program + ".tar"
		err = pack(file.path, d.Program, strings.TrimPrefix(c.taken, takenPacked))
	case c.taken != "":
		file.path = d.Program
	}
	if err != nil {
		return err
	}
	if c.taken != "" {
		if file.sha256, err = s.sum(file.path); err != nil {
			return err
		}
	}
	if file.size, err = finish(file.path, s.layout.mode()); err != nil {
		return err
	}
	path := filepath.Join(s.work, fmt.Sprintf("%s-%d-%s", c.name(), d.Size, file.sha256))
	if err := os.Rename(file.path, path); err != nil {
		return err
	}
	file.path = path
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[c] = file
	s.sources[f.Source] = source
	return nil
}

// finish sets the mode of a file, writes it to the disk, and returns its size.
func finish(path string, mode fs.FileMode) (int64, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	if err := file.Chmod(mode); err != nil {
		return 0, err
	}
	if err := file.Sync(); err != nil {
		return 0, err
	}
	return file.Seek(0, io.SeekEnd)
}

// get returns a file that the store has kept.
func (s *store) get(f verify.File) (stored, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	source := s.sources[f.Source]
	c := content{source.SHA256, s.layout.take(f), f.Plugin}
	file, ok := s.kept[c]
	if !ok {
		return stored{}, "", fmt.Errorf("%s was neither downloaded nor found", problem.Line(f.Source))
	}
	file.source = source
	return file, c.taken, nil
}

// counter counts the files that are new.
type counter struct {
	verify.Keeper
	kept atomic.Int64
}

func (c *counter) Keep(f verify.File, d verify.Download) error {
	c.kept.Add(1)
	return c.Keeper.Keep(f, d)
}

func sha256Of(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
