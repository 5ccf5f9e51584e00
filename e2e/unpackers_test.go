package e2e_test

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"botkube-plugins/e2e/internal/programs"
)

// unpackers are programs that install archives as Botkube does.
type unpackers struct {
	old, new string // paths; with go-getter 1.7.3 and 1.8.4
	dir      string // for temporary files; every user may write there
	archives string // the directory of the archives
}

func newUnpackers(t *testing.T) unpackers {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "e2e") // in memory it takes a tenth of the time
	if err != nil {
		dir, err = os.MkdirTemp(workDir, "archives")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	// The programs may run as another user.
	if err := errors.Join(os.Chmod(workDir, 0o711), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	u := unpackers{filepath.Join(workDir, "unpack-1.7.3"), filepath.Join(workDir, "unpack-1.8.4"), dir, filepath.Join(dir, "archives")}
	for _, build := range []struct{ module, output, version string }{{".", u.old, "v1.7.3"}, {"gogetter184", u.new, "v1.8.4"}} {
		err := programs.Build{Dir: build.module, Output: build.output, Packages: []string{"botkube-plugins/e2e/cmd/unpack"}}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := goGetter(t, build.output); got != build.version {
			t.Fatalf("found go-getter %s in %s, want %s", got, build.output, build.version)
		}
	}
	return u
}

// goGetter returns the version of go-getter in a program.
func goGetter(t *testing.T, program string) string {
	t.Helper()
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range info.Deps {
		if m.Path == "github.com/hashicorp/go-getter" {
			return m.Version
		}
	}
	return ""
}

// unpack installs the archives with a program, as an ordinary user. environment is a variable of it.
func (u unpackers) unpack(ctx context.Context, program, environment string, judgments []judgment, result func(*judgment) *installed) error {
	var requests, stdout, stderr bytes.Buffer
	encoder := json.NewEncoder(&requests)
	for _, j := range judgments {
		request := struct{ URL, Dependency string }{j.under("file://" + u.archives), j.Dependency}
		if err := encoder.Encode(request); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.Dir, cmd.Env = u.dir, []string{"TMPDIR=" + u.dir, environment}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &requests, &stdout, &stderr
	if os.Geteuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, stderr.String())
	}
	decoder := json.NewDecoder(&stdout)
	for i := range judgments {
		if err := decoder.Decode(result(&judgments[i])); err != nil {
			return fmt.Errorf("%s: %w", program, err)
		}
	}
	return nil
}
