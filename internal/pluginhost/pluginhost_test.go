package pluginhost_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/testplugin"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
)

func TestMain(m *testing.M) {
	testplugin.Main()
	os.Exit(m.Run())
}

// A caller may start a plugin right after it wrote the file, even if other children that are
// starting still hold the file open.
func TestRunOfABusyFile(t *testing.T) {
	if err := runWhileOpen(t, 200*time.Millisecond); err != nil {
		t.Error(err)
	}
	err := runWhileOpen(t, time.Hour)
	if runtime.GOOS == "linux" && (err == nil || !strings.Contains(err.Error(), "text file busy")) {
		t.Errorf("found the error %v, want one about a busy file", err)
	}
}

// runWhileOpen runs a plugin whose file stays open for writing for a while.
func runWhileOpen(t *testing.T, moment time.Duration) error {
	t.Helper()
	program, err := os.ReadFile(testplugin.Link(t, t.TempDir(), "self"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "source_good_linux_amd64")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(program); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(moment, func() { file.Close() }).Stop()
	return pluginhost.Run(t.Context(), pluginhost.Config{Path: path, Kind: pluginhost.Source, Timeout: ample}, metadata)
}

func TestRunReportsFailures(t *testing.T) {
	flood := strings.TrimSpace(strings.Repeat("flood ", 200))
	const (
		handshake = "a go-plugin handshake of a Botkube plugin (protocol version 3, gRPC)"
		silent    = `the error "Unrecognized remote plugin message: Failed to read any lines from plugin's stdout", and the plugin ended with exit status `
		answer    = "a source's answer to Metadata"
	)
	checkFailures(t, pluginhost.Source, metadata, map[string]failure{
		"hang-start": {
			enough, "no connection within 3s after its start", handshake, []string{"started hang-start", "waiting for a config map"},
		},
		"mute":  {enough, "no connection within 3s after its start", handshake, []string{"started mute"}},
		"crash": {ample, silent + "3", handshake, []string{"started crash", "no such cluster"}},
		"garbage": {
			ample, `the error "Unrecognized remote plugin message: hello, I am a plugin"`, handshake, []string{"started garbage"},
		},
		"old-protocol": {
			ample, `the error "incompatible API version with plugin. Plugin version: 2, Client versions: [3]"`, handshake,
			[]string{"started old-protocol"},
		},
		"flood":         {ample, silent + "4", handshake, []string{flood, flood, flood, "the last line"}},
		"hang-metadata": {enough, "no answer within 3s", answer, []string{"started hang-metadata", "waiting for the cluster"}},
		// The end of a stack trace does not show the reason, so the first line is kept.
		"crash-metadata": {
			ample, `the error "…", and the plugin ended with exit status 2`, answer, []string{"panic: nil map of clusters", stackTrace},
		},
		"big": {
			ample, "grpc: received message larger than max (3145767 vs. 1048576)", "metadata of at most 1048576 bytes",
			[]string{"started big"},
		},
		"other": {ample, "a plugin that answers as executor", answer, []string{"started other"}},
	})
}

func TestRunWithoutBinary(t *testing.T) {
	dir := t.TempDir()
	notExecutable := filepath.Join(dir, "plain")
	if err := os.WriteFile(notExecutable, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file or directory",
		notExecutable:              "permission denied",
	} {
		cfg := pluginhost.Config{Path: path, Kind: pluginhost.Source, Timeout: ample}
		err := pluginhost.Run(t.Context(), cfg, func(context.Context, *pluginhost.Plugin) error { return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q in it", err, want)
		}
	}
}

func TestRunEndsWithContext(t *testing.T) {
	for _, behavior := range []string{"hang-start", "hang-metadata", "mute"} {
		t.Run(behavior, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			interrupted := errors.New("interrupted")
			time.AfterFunc(300*time.Millisecond, func() { cancel(interrupted) })
			if _, err := askMetadata(t, ctx, pluginhost.Source, behavior); !errors.Is(err, interrupted) {
				t.Errorf("error is %v, want %v", err, interrupted)
			}
		})
	}
	t.Run("before the start", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := askMetadata(t, ctx, pluginhost.Source, "good"); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want %v", err, context.Canceled)
		}
	})
}

func TestRunKillsChildren(t *testing.T) {
	for behavior, wantErr := range map[string]bool{"child": false, "child-crash": true} {
		t.Run(behavior, func(t *testing.T) {
			tempDir(t)
			path := testplugin.Link(t, t.TempDir(), "source_"+behavior+"_linux_amd64")
			cfg := pluginhost.Config{Path: path, Kind: pluginhost.Source, Timeout: ample}
			err := pluginhost.Run(t.Context(), cfg, func(ctx context.Context, p *pluginhost.Plugin) error {
				if pid := childOf(t, path); !testplugin.Alive(pid) {
					t.Errorf("child %d is not alive while the plugin runs", pid)
				}
				_, err := p.Metadata(ctx)
				return err
			})
			if (err != nil) != wantErr {
				t.Errorf("error is %v, want one: %t", err, wantErr)
			}
			pid := childOf(t, path)
			if !testplugin.Eventually(func() bool { return !testplugin.Alive(pid) }) {
				t.Errorf("child %d is still alive", pid)
			}
		})
	}
}

// A child that leaves the process group keeps the plugin's pipes open. The host must not wait for
// it.
func TestRunDoesNotWaitForEscapedChild(t *testing.T) {
	tempDir(t)
	path := testplugin.Link(t, t.TempDir(), "source_child-escaped_linux_amd64")
	start := time.Now()
	err := pluginhost.Run(t.Context(), pluginhost.Config{Path: path, Kind: pluginhost.Source, Timeout: ample}, metadata)
	if err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
	child, err := os.FindProcess(childOf(t, path))
	if err != nil {
		t.Fatal(err)
	}
	// If another test has called HardenProcess, the child is dead already.
	if err := child.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
}

func childOf(t *testing.T, path string) int {
	t.Helper()
	pid, err := testplugin.Recorded(path, "child")
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestPluginGetsItsOwnEnvironment(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "ghs_secret")
	t.Setenv("KUBECONFIG", "/root/.kube/config")
	md, err := askMetadata(t, t.Context(), pluginhost.Executor, "env")
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	if err := json.Unmarshal([]byte(md.Description), &env); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, variable := range env {
		key, value, _ := strings.Cut(variable, "=")
		got[key] = value
	}
	want := []string{
		"BOTKUBE", "CWD", "HOME", "PATH", "PLUGIN_DEPENDENCY_DIR", "PLUGIN_MAX_PORT", "PLUGIN_MIN_PORT",
		"PLUGIN_PROTOCOL_VERSIONS", "PLUGIN_UNIX_SOCKET_DIR", "TMPDIR",
	}
	var keys []string
	for key := range got {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("variables: -want +got:\n%s", diff)
	}
	for _, key := range []string{"HOME", "CWD"} {
		if got[key] != got["TMPDIR"] {
			t.Errorf("%s is %q, want the plugin's own directory %q", key, got[key], got["TMPDIR"])
		}
	}
}

func TestMetadata(t *testing.T) {
	for _, kind := range []pluginhost.Kind{pluginhost.Source, pluginhost.Executor} {
		got, err := askMetadata(t, t.Context(), kind, "good")
		if err != nil {
			t.Fatal(err)
		}
		want := api.MetadataOutput{
			Version:      "1.2.3",
			Description:  "Serves tests as " + string(kind),
			JSONSchema:   api.JSONSchema{Value: `{"type":"object"}`},
			Dependencies: map[string]api.Dependency{},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}
