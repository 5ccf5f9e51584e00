package mirror

import (
	"archive/tar"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"botkube-plugins/index"

	"github.com/klauspost/compress/gzip"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"
)

// imageDir is the directory of a new image, as an OCI image layout, in the directory for unfinished
// work.
const imageDir = "image"

// The prefixes of the annotations that say what an image was made of. The name of a repository
// follows.
const (
	annotationIndexes = "botkube-plugins.indexes."
	annotationPlugins = "botkube-plugins.plugins."
)

// buildImage writes an image for each platform of a tree in LayoutCache, and an index of all. Each
// image has one layer with the cache directory of its platform. The same tree gives the same bytes.
func buildImage(ctx context.Context, dir string, t tree, repositories []Repository) (ocispec.Descriptor, error) {
	if err := os.RemoveAll(dir); err != nil { // of an interrupted run
		return ocispec.Descriptor{}, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755); err != nil {
		return ocispec.Descriptor{}, err
	}
	notes := annotations(repositories)
	all := platforms(repositories)
	manifests := make([]ocispec.Descriptor, len(all))
	group, ctx := errgroup.WithContext(ctx)
	for i, p := range all {
		group.Go(func() (err error) {
			manifests[i], err = buildManifest(ctx, dir, t, p, notes)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return ocispec.Descriptor{}, err
	}
	image, err := writeJSON(dir, ocispec.MediaTypeImageIndex, ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex, Manifests: manifests, Annotations: notes,
	})
	if err != nil {
		return image, err
	}
	return image, writeLayout(dir, image, dir)
}

// writeLayout writes the files of an OCI image layout that lead to its image. temp is as in writeFile.
func writeLayout(dir string, image ocispec.Descriptor, temp string) error {
	for name, content := range map[string]any{
		ocispec.ImageLayoutFile: ocispec.ImageLayout{Version: ocispec.ImageLayoutVersion},
		ocispec.ImageIndexFile: ocispec.Index{
			Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex, Manifests: []ocispec.Descriptor{image},
		},
	} {
		text, err := json.Marshal(content)
		if err == nil {
			err = writeFile(filepath.Join(dir, name), text, temp)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// annotations say which indexes and plugins an image was made of.
func annotations(repositories []Repository) map[string]string {
	all := map[string]string{ocispec.AnnotationTitle: "Plugins for Botkube"}
	for _, r := range repositories {
		var indexes, plugins []string
		for _, s := range r.Sources {
			indexes = append(indexes, s.URL+"@sha256:"+s.SHA256)
		}
		for _, e := range r.Index.Sorted().Entries {
			plugins = append(plugins, e.Key()+"@"+e.Version)
		}
		all[annotationIndexes+r.Name] = strings.Join(indexes, " ")
		all[annotationPlugins+r.Name] = strings.Join(plugins, " ")
	}
	return all
}

// buildManifest writes the image of one platform.
func buildManifest(ctx context.Context, dir string, t tree, p index.Platform, notes map[string]string) (ocispec.Descriptor, error) {
	layer, contents, err := buildLayer(ctx, dir, t.below(Dir(p)))
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	platform := ocispec.Platform{OS: p.OS, Architecture: p.Arch}
	config, err := writeJSON(dir, ocispec.MediaTypeImageConfig, ocispec.Image{
		Platform: platform, RootFS: ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{contents}},
	})
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	manifest, err := writeJSON(dir, ocispec.MediaTypeImageManifest, ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest,
		Config: config, Layers: []ocispec.Descriptor{layer}, Annotations: notes,
	})
	manifest.Platform = &platform
	return manifest, err
}

// layerFile is a file of a layer: a program, or an index.
type layerFile struct {
	path string
	file string // on this machine, or empty
	data []byte
}

// below returns the files in a directory of the tree, sorted by their paths in it.
func (t tree) below(dir string) []layerFile {
	var files []layerFile
	for _, f := range t.files {
		if at, ok := strings.CutPrefix(f.path, dir+"/"); ok {
			files = append(files, layerFile{path: at, file: f.file.path})
		}
	}
	for _, i := range t.indexes {
		if at, ok := strings.CutPrefix(i.path, dir+"/"); ok {
			files = append(files, layerFile{path: at, data: i.data})
		}
	}
	slices.SortFunc(files, func(a, b layerFile) int { return cmp.Compare(a.path, b.path) })
	return files
}

// buildLayer writes a layer. contents is the digest of the archive before its compression.
func buildLayer(ctx context.Context, dir string, files []layerFile) (layer ocispec.Descriptor, contents digest.Digest, err error) {
	out, err := os.CreateTemp(dir, "layer")
	if err != nil {
		return layer, "", err
	}
	defer out.Close()
	packed, plain := sha256.New(), sha256.New()
	compressed := gzip.NewWriter(io.MultiWriter(out, packed))
	err = writeTar(ctx, tar.NewWriter(io.MultiWriter(compressed, plain)), files)
	if err := errors.Join(err, compressed.Close()); err != nil {
		return layer, "", err
	}
	layer = ocispec.Descriptor{MediaType: ocispec.MediaTypeImageLayerGzip, Digest: digestOf(packed)}
	if layer.Size, err = finish(out.Name(), 0o644); err != nil {
		return layer, "", err
	}
	return layer, digestOf(plain), os.Rename(out.Name(), blobPath(dir, layer.Digest))
}

// writeTar writes the files and their directories, with nothing in it that changes between runs.
func writeTar(ctx context.Context, w *tar.Writer, files []layerFile) error {
	dirs := map[string]bool{".": true}
	for _, f := range files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := writeDirs(w, dirs, path.Dir(f.path)); err != nil {
			return err
		}
		if err := writeEntry(w, f); err != nil {
			return err
		}
	}
	return w.Close()
}

func writeDirs(w *tar.Writer, dirs map[string]bool, dir string) error {
	if dirs[dir] {
		return nil
	}
	if err := writeDirs(w, dirs, path.Dir(dir)); err != nil {
		return err
	}
	dirs[dir] = true
	return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755, Format: tar.FormatPAX})
}

// writeJSON writes a blob.
func writeJSON(dir, mediaType string, content any) (ocispec.Descriptor, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	d := ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(text), Size: int64(len(text))}
	return d, writeFile(blobPath(dir, d.Digest), text, dir)
}

func blobPath(dir string, d digest.Digest) string {
	return filepath.Join(dir, "blobs", "sha256", d.Encoded())
}

func digestOf(sum hash.Hash) digest.Digest { return digest.NewDigest(digest.SHA256, sum) }

// commitImage moves a new image into the OCI image layout in out, and removes what was there before.
// work is the directory for unfinished work.
func commitImage(out, work string, image ocispec.Descriptor) error {
	dir := filepath.Join(work, imageDir)
	blobs, err := os.ReadDir(filepath.Join(dir, "blobs", "sha256"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(out, "blobs", "sha256"), 0o755); err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, b := range blobs {
		wanted[b.Name()] = true
		at := filepath.Join("blobs", "sha256", b.Name())
		if err := os.Rename(filepath.Join(dir, at), filepath.Join(out, at)); err != nil {
			return err
		}
	}
	if err := writeLayout(out, image, work); err != nil {
		return err
	}
	all, err := os.ReadDir(filepath.Join(out, "blobs", "sha256"))
	for _, b := range all {
		if !wanted[b.Name()] {
			err = errors.Join(err, os.Remove(filepath.Join(out, "blobs", "sha256", b.Name())))
		}
	}
	return err
}

// checkImageDir rejects a directory with an image that is not a mirror.
func checkImageDir(out string, old Lock) error {
	if _, err := os.Stat(filepath.Join(out, ocispec.ImageIndexFile)); err == nil && old.Image == "" {
		return fmt.Errorf("%s has an image that is not of the lock file, and would be lost", out)
	}
	return nil
}
