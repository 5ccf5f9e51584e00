package pluginhost_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/internal/testplugin"

	"golang.org/x/sys/unix"
)

// attack runs a plugin, by a command if there is one, that tries what it must not do, and returns the
// results.
func attack(t *testing.T, sandbox bool, command ...string) map[string]string {
	t.Helper()
	tempDir(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	abstract, err := net.Listen("unix", "@attack-"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer abstract.Close()
	t.Cleanup(func() { os.Remove("/tmp/attack-" + port) })
	dir := filepath.Join(os.TempDir(), "d") // a short path for the sockets
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	datagrams, err := net.ListenPacket("unixgram", filepath.Join(dir, "datagrams"))
	if err != nil {
		t.Fatal(err)
	}
	defer datagrams.Close()
	if err := os.WriteFile(filepath.Join(dir, "secret"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := pluginhost.Config{
		Path: testplugin.Link(t, dir, "source_attack-"+port+"_linux_amd64"), Kind: pluginhost.Source, Timeout: ample, Sandbox: sandbox,
		Exec: command,
	}
	var results map[string]string
	err = pluginhost.Run(t.Context(), cfg, func(ctx context.Context, p *pluginhost.Plugin) error {
		md, err := p.Metadata(ctx)
		if err == nil {
			err = json.Unmarshal([]byte(md.Description), &results)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestSandboxPreventsAttacks(t *testing.T) {
	if missing := len(pluginhost.AllRestrictions()) - len(pluginhost.Restrictions()); missing > 0 {
		t.Fatalf("found a kernel with the restrictions %v only, want one that has all, such as Linux 6.12", pluginhost.Restrictions())
	}
	for _, command := range [][]string{nil, {"/usr/bin/env"}} {
		results := attack(t, true, command...)
		if len(results) < 32 {
			t.Errorf("%q: found the results of %d attacks only", command, len(results))
		}
		for what, result := range results {
			if !strings.Contains(result, "permission denied") && !strings.Contains(result, "operation not permitted") {
				t.Errorf("%q: %s: found %q, want that it is denied", command, what, result)
			}
		}
	}
}

// The process's first thread is never confined. It would go on with the restrictions.
func TestFirstThreadStaysFree(t *testing.T) {
	for range 20 {
		_ = attack(t, true)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(status), "\nSeccomp:\t0\n") {
		t.Errorf("found the status\n%s\nwant no filter of system calls", status)
	}
}

// Without the sandbox each attack succeeds, so that the test above is not empty.
func TestAttacksSucceedWithoutSandbox(t *testing.T) {
	results := attack(t, false)
	if len(results) < 30 {
		t.Errorf("found the results of %d attacks only", len(results))
	}
	for what, result := range results {
		if strings.HasSuffix(what, "read the environment of init") { // which depends on the user
			continue
		}
		if result != testplugin.Succeeded {
			t.Errorf("%s: found %q, want success", what, result)
		}
	}
}

// In the sandbox, a plugin can do what the page says, and has the limits of the host. Its directory is
// removed.
func TestSandboxAllows(t *testing.T) {
	path := testplugin.Link(t, t.TempDir(), "source_uses_linux_amd64")
	tmp := tempDir(t)
	var results map[string]string
	cfg := pluginhost.Config{Path: path, Kind: pluginhost.Source, Timeout: ample, Sandbox: true}
	err := pluginhost.Run(t.Context(), cfg, func(ctx context.Context, p *pluginhost.Plugin) error {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", testplugin.Pid(path, "self")))
		if !strings.Contains(string(status), "\nNoNewPrivs:\t1\nSeccomp:\t2\n") {
			t.Errorf("found the status\n%s\nwant that the kernel filters system calls", status)
		}
		md, metadataErr := p.Metadata(ctx)
		if err = errors.Join(err, metadataErr); err == nil {
			err = json.Unmarshal([]byte(md.Description), &results)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, result := range results {
		if result != testplugin.Succeeded {
			t.Errorf("%s: found %q, want success", what, result)
		}
	}
	if len(results) < 10 || results["be as large as the host: "+testplugin.Limits()] == "" {
		t.Errorf("found the results %v, want that nothing is missing, and the limits %s", results, testplugin.Limits())
	}
	wantEmpty(t, tmp)
}

// Descendants that leave the process group do not survive the plugin.
func TestOrphansAreKilled(t *testing.T) {
	if err := pluginhost.HardenProcess(); err != nil {
		t.Fatal(err)
	}
	for _, behavior := range []string{"child", "child-escaped", "child-daemon"} {
		tempDir(t)
		path := testplugin.Link(t, t.TempDir(), "source_"+behavior+"_linux_amd64")
		cfg := pluginhost.Config{Path: path, Kind: pluginhost.Source, Timeout: ample, Sandbox: true}
		err := pluginhost.Run(t.Context(), cfg, func(ctx context.Context, p *pluginhost.Plugin) error {
			if testplugin.Pid(path, "child") == 0 {
				t.Errorf("%s: the child does not run", behavior)
			}
			_, err := p.Metadata(ctx)
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", behavior, err)
		}
		if pid := testplugin.Pid(path, "child"); pid != 0 {
			t.Errorf("%s: the child %d survives the plugin", behavior, pid)
		}
	}
}

// The host connects only to a socket in the plugin's own directory.
func TestSandboxRejectsForeignSockets(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	for behavior, want := range map[string]string{
		"tcp-" + port:      `it listens on the tcp address \"127.0.0.1:` + port + `\", want a Unix socket in PLUGIN_UNIX_SOCKET_DIR`,
		"foreign-socket":   `/socket\", want a Unix socket in PLUGIN_UNIX_SOCKET_DIR`,
		"linked-socket":    `/s\", want a Unix socket in PLUGIN_UNIX_SOCKET_DIR`,
		"linked-directory": `/d/socket\", want a Unix socket in PLUGIN_UNIX_SOCKET_DIR`,
		"no-socket":        `/none: no such file or directory`,
	} {
		dir := tempDir(t)
		if err := os.Mkdir(filepath.Join(dir, "p"), 0o700); err != nil {
			t.Fatal(err)
		}
		socket, err := net.Listen("unix", filepath.Join(dir, "p", "socket"))
		if err != nil {
			t.Fatal(err)
		}
		connected := make(chan error)
		go func() {
			_, err := socket.Accept()
			connected <- err
		}()
		path := testplugin.Link(t, filepath.Join(dir, "p"), "source_"+behavior+"_linux_amd64")
		err = pluginhost.Run(t.Context(), pluginhost.Config{Path: path, Kind: pluginhost.Source, Timeout: ample, Sandbox: true},
			func(context.Context, *pluginhost.Plugin) error { return nil })
		if fault, ok := errors.AsType[problem.Problem](err); !ok || !strings.Contains(fault.Found, want) {
			t.Errorf("%s: found error %v, want %s", behavior, err, want)
		}
		socket.Close()
		if <-connected == nil {
			t.Errorf("%s: the host has connected to the socket", behavior)
		}
	}
}

// Other processes of the same user cannot read the memory or the environment of the host.
func TestHardenProcess(t *testing.T) {
	if err := pluginhost.HardenProcess(); err != nil {
		t.Fatal(err)
	}
	if dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || dumpable != 0 {
		t.Errorf("found dumpable %d, error %v, want 0", dumpable, err)
	}
}

func TestRestrictions(t *testing.T) {
	all := pluginhost.AllRestrictions()
	for _, r := range pluginhost.Restrictions() {
		if !slices.Contains(all, r) {
			t.Errorf("found the unknown restriction %s", r)
		}
	}
}
