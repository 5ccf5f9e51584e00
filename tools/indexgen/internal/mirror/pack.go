package mirror

import (
	"archive/tar"
	"errors"
	"io"
	"os"
)

// pack writes an archive with one program.
func pack(archive, program, name string) error {
	out, err := os.Create(archive)
	if err != nil {
		return err
	}
	w := tar.NewWriter(out)
	err = writeEntry(w, layerFile{path: name, file: program})
	return errors.Join(err, w.Close(), out.Close())
}

// writeEntry writes data, or a program if the entry has a file.
func writeEntry(w *tar.Writer, f layerFile) error {
	header := tar.Header{Name: f.path, Mode: 0o644, Size: int64(len(f.data)), Format: tar.FormatPAX}
	if f.file == "" {
		if err := w.WriteHeader(&header); err != nil {
			return err
		}
		_, err := w.Write(f.data)
		return err
	}
	in, err := os.Open(f.file)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	header.Mode, header.Size = 0o755, info.Size()
	if err := w.WriteHeader(&header); err != nil {
		return err
	}
	_, err = io.Copy(w, in)
	return err
}
