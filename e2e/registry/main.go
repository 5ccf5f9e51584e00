// Command registry is a container registry for tests, and pulls images as kubelet does for a volume.
package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// The registry's only user.
const user, password = "botkube", "secret"

const usage = "usage: registry serve, or registry pull REFERENCE PLATFORM DIR"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "serve":
		return serve()
	case len(args) == 4 && args[0] == "pull":
		return pull(args[1], args[2], args[3])
	}
	return errors.New(usage)
}

// serve prints the address of the registry, and serves until it is killed.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != user || p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
}

// pull unpacks the image of a platform.
func pull(reference, platform, dir string) error {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return err
	}
	p, err := v1.ParsePlatform(platform)
	if err != nil {
		return err
	}
	image, err := remote.Image(ref, remote.WithPlatform(*p), remote.WithAuth(&authn.Basic{Username: user, Password: password}))
	if err != nil {
		return err
	}
	if err := validate.Image(image); err != nil {
		return err
	}
	contents := mutate.Extract(image)
	defer contents.Close()
	return unpack(contents, dir)
}

// unpack writes files and directories, with their permissions.
func unpack(contents io.Reader, dir string) error {
	for r := tar.NewReader(contents); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !filepath.IsLocal(header.Name) {
			return fmt.Errorf("found the path %q in a layer", header.Name)
		}
		path := filepath.Join(dir, header.Name)
		if header.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(path, header.FileInfo().Mode()); err != nil {
				return err
			}
			continue
		}
		if err := write(path, header.FileInfo().Mode(), r); err != nil {
			return err
		}
	}
}

func write(path string, mode os.FileMode, r io.Reader) error {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, r)
	return errors.Join(err, out.Close())
}
