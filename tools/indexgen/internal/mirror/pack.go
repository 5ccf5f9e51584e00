package mirror

import (
	"archive/tar"
	"errors"
	"io"
	"os"
)

// pack writes an archive with one program.
func pack(archive, program, name string) error {
	in, err := os.Open(program)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.Create(archive)
	if err != nil {
		return err
	}
	w := tar.NewWriter(out)
	err = w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: info.Size(), Format: tar.FormatPAX})
	if err == nil {
		_, err = io.Copy(w, in)
	}
	return errors.Join(err, w.Close(), out.Close())
}
