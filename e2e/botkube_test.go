package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
	"github.com/kubeshop/botkube/pkg/config"
	"github.com/kubeshop/botkube/pkg/loggerx"
	"github.com/kubeshop/botkube/pkg/plugin"
)

// repo is the name of the index in plugins.repositories.
const repo = "repo"

// patience is how long a test waits for an event. Only a failing test waits that long.
const patience = 30 * time.Second

// botkube is the part of Botkube that installs and runs plugins: its own plugin manager. Set the
// fields and call start.
type botkube struct {
	*plugin.Manager
	t *testing.T

	indexURL           string
	sources, executors []string // without the repository's name
	// cacheDir is a new directory if empty.
	cacheDir            string
	healthCheckInterval time.Duration // Botkube's default, ten seconds, if zero

	logFile   string
	restarted chan string // keys of plugins that Botkube restarted
	stop      func()      // called at the test's end, if not before
}

// mustStart calls start, which must succeed.
func (b *botkube) mustStart() *botkube {
	b.t.Helper()
	if err := b.start(); err != nil {
		b.t.Fatalf("start: %v", err)
	}
	return b
}

// start does what Botkube does when it starts: it downloads the index and the enabled plugins,
// unless they are in its cache, and starts the plugins.
func (b *botkube) start() error {
	b.t.Helper()
	if b.cacheDir == "" {
		b.cacheDir = b.t.TempDir()
	}
	return b.startWith(config.PluginManagement{
		CacheDir:            b.cacheDir,
		Repositories:        map[string]config.PluginsRepository{repo: {URL: b.indexURL}},
		RestartPolicy:       config.PluginRestartPolicy{Type: config.KeepAgentRunningWhenThresholdReached, Threshold: 10},
		HealthCheckInterval: b.healthCheckInterval,
	}, keys(b.executors), keys(b.sources))
}

func (b *botkube) startWith(cfg config.PluginManagement, executors, sources []string) error {
	b.t.Helper()
	b.cacheDir = cfg.CacheDir
	restoreStdout := b.captureLog()
	ctx, cancel := context.WithCancel(context.Background())
	b.restarted = make(chan string, 100) // Botkube's scheduler also receives them at once
	b.Manager = plugin.NewManager(
		loggerx.New(config.Logger{Level: "debug", DisableColors: true}), config.Logger{DisableColors: true},
		cfg, executors, sources, b.restarted, plugin.NewHealthStats(cfg.RestartPolicy.Threshold),
	)
	stopped := false
	b.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		// Botkube's watchers mistake a plugin that Shutdown ends for a crashed one. They restart it
		// unless they have ended before.
		b.eventually("the end of Botkube's plugin watchers", noWatchers)
		b.Shutdown()
		b.eventually("the end of all plugin processes", func() error {
			if left := processes(b.t, b.cacheDir); len(left) > 0 {
				return fmt.Errorf("processes left: %v", left)
			}
			return nil
		})
		restoreStdout()
		if b.t.Failed() {
			b.t.Logf("Botkube's log:\n%s", b.log())
		}
	}
	b.t.Cleanup(b.stop)
	return b.Start(ctx)
}

// key returns Botkube's key for a plugin's name. A key is returned unchanged.
func key(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return repo + "/" + name
}

func keys(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = key(name)
	}
	return out
}

// captureLog redirects Botkube's log to a file. Its loggers for plugins and for its source adapter
// cannot be set: they use the os.Stdout of the time when they are created.
func (b *botkube) captureLog() (restore func()) {
	b.t.Helper()
	file, err := os.CreateTemp(b.t.TempDir(), "botkube-*.log")
	if err != nil {
		b.t.Fatal(err)
	}
	b.logFile = file.Name()
	stdout := os.Stdout
	os.Stdout = file
	return func() { os.Stdout = stdout }
}

// log returns Botkube's log so far.
func (b *botkube) log() string {
	text, err := os.ReadFile(b.logFile)
	if err != nil {
		b.t.Error(err)
	}
	return string(text)
}

// logs waits until Botkube has logged the text.
func (b *botkube) logs(text string) {
	b.t.Helper()
	b.eventually("the log", func() error {
		if !strings.Contains(b.log(), text) {
			return fmt.Errorf("found no %q in it", text)
		}
		return nil
	})
}

// source returns the running source with a name or key.
func (b *botkube) source(name string) source.Source { return running(b, b.GetSource, name) }

// executor returns the running executor with a name or key.
func (b *botkube) executor(name string) executor.Executor { return running(b, b.GetExecutor, name) }

func running[P any](b *botkube, get func(key string) (P, error), name string) P {
	b.t.Helper()
	p, err := get(key(name))
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// stream starts a stream with the configs of several bindings.
func (b *botkube) stream(ctx context.Context, name string, configs ...string) <-chan source.Event {
	b.t.Helper()
	var in source.StreamInput
	for _, text := range configs {
		in.Configs = append(in.Configs, &source.Config{RawYAML: []byte(text)})
	}
	out, err := b.source(name).Stream(ctx, in)
	if err != nil {
		b.t.Fatal(err)
	}
	return out.Event
}

// next returns the next event of a stream.
func (b *botkube) next(events <-chan source.Event) source.Event {
	b.t.Helper()
	select {
	case event, ok := <-events:
		if !ok {
			b.t.Fatal("the stream has ended")
		}
		return event
	case <-time.After(patience):
		b.t.Fatalf("no event within %s", patience)
	}
	panic("unreachable")
}

// silent fails if the stream has an event that has not been received.
func (b *botkube) silent(events <-chan source.Event) {
	b.t.Helper()
	select {
	case event, ok := <-events:
		b.t.Errorf("found an event (%+v, %t), want none", event, ok)
	default:
	}
}

// binary returns the path of a plugin in Botkube's cache.
func (b *botkube) binary(pluginType, version, name string) string {
	return filepath.Join(b.cacheDir, repo, fmt.Sprintf("%s_%s_%s", pluginType, version, name))
}

// process waits until exactly one process of the program runs, and returns its ID.
func (b *botkube) process(binary string) (pid int) {
	b.t.Helper()
	b.eventually("the process of "+binary, func() error {
		pids := processes(b.t, binary)
		if len(pids) != 1 {
			return fmt.Errorf("found processes %v, want one", pids)
		}
		pid = pids[0]
		return nil
	})
	return pid
}

// eventually waits until check returns no error.
func (b *botkube) eventually(what string, check func() error) {
	b.t.Helper()
	err := check()
	for deadline := time.Now().Add(patience); err != nil; err = check() {
		if time.Now().After(deadline) {
			b.t.Errorf("%s: after %s: %v", what, patience, err)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// processes returns the IDs of the processes whose executable is at the path or below it.
func processes(t *testing.T, path string) []int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil || len(links) == 0 {
		t.Fatalf("found no processes in /proc, which these tests need (error %v)", err)
	}
	var pids []int
	for _, link := range links {
		exe, err := os.Readlink(link)
		if err != nil {
			continue // it has ended, or belongs to another user
		}
		exe = strings.TrimSuffix(exe, " (deleted)")
		if exe == path || strings.HasPrefix(exe, path+"/") {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}

// noWatchers returns an error while goroutines of Botkube's manager are running.
func noWatchers() error {
	var stacks strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&stacks, 1); err != nil {
		return err
	}
	for line := range strings.Lines(stacks.String()) {
		if strings.Contains(line, "plugin.startPluginHealthWatcher") || strings.Contains(line, "plugin.(*HealthMonitor)") {
			return fmt.Errorf("left: %s", line)
		}
	}
	return nil
}

// lineWith returns an error unless one line of the text contains all parts.
func lineWith(text string, parts ...string) error {
	for line := range strings.Lines(text) {
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) }) {
			return nil
		}
	}
	return fmt.Errorf("found no line with %q", parts)
}
