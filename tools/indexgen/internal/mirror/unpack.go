package mirror

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"botkube-plugins/index"

	"github.com/klauspost/compress/gzip"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// unpackImage takes the files that the lock lists out of the image in LayoutOCI, to where an
// interrupted run would have left them. What cannot be read there is downloaded again.
func (s *store) unpackImage(old Lock) error {
	files := map[string]LockedFile{}
	for _, f := range old.Files {
		if f.Source != nil {
			files[f.Path] = f
		}
	}
	var top, image ocispec.Index
	if readJSON(filepath.Join(s.out, ocispec.ImageIndexFile), &top) != nil || len(top.Manifests) != 1 || top.Manifests[0].Digest.Validate() != nil ||
		readJSON(blobPath(s.out, top.Manifests[0].Digest), &image) != nil {
		return nil
	}
	for _, d := range image.Manifests {
		var m ocispec.Manifest
		if d.Platform == nil || d.Digest.Validate() != nil || readJSON(blobPath(s.out, d.Digest), &m) != nil || len(m.Layers) != 1 || m.Layers[0].Digest.Validate() != nil {
			continue
		}
		dir := Dir(index.Platform{OS: d.Platform.OS, Arch: d.Platform.Architecture})
		if err := s.unpackLayer(blobPath(s.out, m.Layers[0].Digest), dir, files); err != nil {
			return err
		}
	}
	return nil
}

// unpackLayer returns only errors of writing.
func (s *store) unpackLayer(layer, dir string, files map[string]LockedFile) error {
	in, err := os.Open(layer)
	if err != nil {
		return nil //nolint:nilerr // see unpackImage
	}
	defer in.Close()
	plain, err := gzip.NewReader(in)
	if err != nil {
		return nil //nolint:nilerr // see unpackImage
	}
	for r := tar.NewReader(plain); ; {
		header, err := r.Next()
		if err != nil || s.ctx.Err() != nil {
			return nil //nolint:nilerr // see unpackImage
		}
		f, ok := files[path.Join(dir, header.Name)]
		if !ok || header.Size != f.Size {
			continue
		}
		c := f.contents()[0] // in a cache, a file is for one version of one plugin
		at := filepath.Join(s.work, fmt.Sprintf("%s-%d-%s", c.name(), f.Source.Size, f.SHA256))
		if err := s.write(at, r); err != nil {
			return err
		}
	}
}

// write writes a file of a layer, unless it is there.
func (s *store) write(at string, r io.Reader) error {
	out, err := os.OpenFile(at, os.O_CREATE|os.O_EXCL|os.O_WRONLY, s.layout.mode())
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(out, r)
	return errors.Join(err, out.Close())
}

// maxJSON is the largest size of a file of an image layout, in bytes.
const maxJSON = 4 << 20

func readJSON(path string, v any) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return json.NewDecoder(io.LimitReader(file, maxJSON)).Decode(v)
}
