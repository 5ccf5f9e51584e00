//go:build unix

// Package testplugin lets a test binary act as a plugin under test: a good one, or one of the bad
// ones that a host must survive. A test links its own binary under the name of a plugin, such as
// source_hang-start_linux_amd64. The middle part of the name is the plugin's behavior.
package testplugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"botkube-plugins/internal/artifact"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
	"google.golang.org/grpc"
)

// Main must be called first in TestMain. If the process was started under a plugin's name, Main
// runs the plugin and does not return.
func Main() {
	if plugin, ok := strings.CutSuffix(os.Args[0], forkSuffix); ok {
		os.Args[0] = plugin
		child(syscall.SysProcAttr{Setsid: true})
		os.Exit(0)
	}
	typ, behavior, ok := artifact.PluginOf(filepath.Base(os.Args[0]))
	if !ok {
		return
	}
	run(string(typ), behavior)
	os.Exit(0)
}

// Link puts the test binary into dir under a plugin's file name and returns its path.
func Link(tb testing.TB, dir, file string) string {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, file)
	if err := os.Symlink(self, path); err != nil {
		tb.Fatal(err)
	}
	return path
}

// Copy is Link without a symbolic link.
func Copy(tb testing.TB, dir, file string) string {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, file)
	if os.Link(self, path) == nil {
		return path
	}
	data, err := os.ReadFile(self)
	if err != nil {
		tb.Fatal(err)
	}
	// The rename makes sure that the file is never incomplete.
	if err := errors.Join(os.WriteFile(path+".txt", data, 0o700), os.Rename(path+".txt", path)); err != nil {
		tb.Fatal(err)
	}
	return path
}

// record writes a process ID to a file next to the plugin. The file's name is not that of a plugin.
// It does nothing in a sandbox.
func record(what string, pid int) {
	file := os.Args[0] + "." + what
	if os.WriteFile(file, fmt.Append(nil, pid), 0o600) == nil {
		check(os.Rename(file, file+".txt")) // a reader never sees an incomplete file
	}
}

// Recorded returns the ID of the process ("self") of the plugin that was started last, or of its
// child ("child"). The plugin must not run in a sandbox.
func Recorded(plugin, what string) (int, error) {
	text, err := os.ReadFile(plugin + "." + what + ".txt")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(text))
}

// Pid returns the ID of the plugin's process ("self") or of its child ("child"), or 0 if it does
// not run.
func Pid(plugin, what string) int {
	name := plugin
	if what == "child" {
		name += childSuffix
	}
	if runtime.GOOS == "linux" {
		files, err := filepath.Glob("/proc/[0-9]*/cmdline")
		check(err)
		for _, file := range files {
			text, _ := os.ReadFile(file) // empty for a zombie, and for a process that has ended
			if first, _, _ := strings.Cut(string(text), "\x00"); first == name {
				return number(filepath.Base(filepath.Dir(file)))
			}
		}
		return 0
	}
	out, err := exec.Command("ps", "-axww", "-o", "pid=,stat=,args=").Output()
	check(err)
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) >= 3 && fields[2] == name && !strings.HasPrefix(fields[1], "Z") {
			return number(fields[0])
		}
	}
	return 0
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	return n
}

// forkSuffix in the first argument makes the program start the plugin's child and end.
const forkSuffix = ".fork"

// childSuffix is appended to the plugin's name in its child's first argument.
const childSuffix = ".child"

// Alive reports whether a process exists and is not a zombie.
func Alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	return err != nil || !strings.HasPrefix(rest, "Z")
}

func run(kind, behavior string) {
	meta := metadata{out: api.MetadataOutput{
		Version:     "1.2.3",
		Description: "Serves tests as " + kind,
		JSONSchema:  api.JSONSchema{Value: `{"type":"object"}`},
	}}
	note("started %s\n", behavior)
	record("self", os.Getpid())
	if version, ok := strings.CutPrefix(behavior, "version-"); ok {
		meta.out.Version = version
	}
	if port, ok := strings.CutPrefix(behavior, "attack-"); ok {
		text, err := json.Marshal(attack(port))
		check(err)
		meta.out.Description = string(text)
	}
	if address, ok := strings.CutPrefix(behavior, "tcp-"); ok {
		handshake("tcp", "127.0.0.1:"+address)
	}
	switch behavior {
	case "needs-env":
		if os.Getenv("CLUSTER") == "" {
			note("CLUSTER is not set\n")
			os.Exit(1)
		}
	case "hang-start":
		note("waiting for a config map\n")
		time.Sleep(time.Hour)
	case "hang-metadata":
		meta.before = func() { note("waiting for the cluster\n"); time.Sleep(time.Hour) }
	case "crash":
		note("no such cluster\n")
		os.Exit(3)
	case "crash-metadata":
		meta.before = func() { panic("nil map of clusters") }
	case "garbage":
		fmt.Println("hello, I am a plugin")
		time.Sleep(time.Hour)
	case "mute": // completes the handshake but accepts no connection
		l, err := net.Listen("unix", filepath.Join(os.Getenv("TMPDIR"), "s"))
		check(err)
		handshake("unix", l.Addr().String())
	case "foreign-socket": // of somebody else
		handshake("unix", filepath.Join(filepath.Dir(os.Args[0]), "socket"))
	case "linked-socket":
		link := filepath.Join(os.Getenv("TMPDIR"), "s")
		check(os.Symlink(filepath.Join(filepath.Dir(os.Args[0]), "socket"), link))
		handshake("unix", link)
	case "linked-directory":
		link := filepath.Join(os.Getenv("TMPDIR"), "d")
		check(os.Symlink(filepath.Dir(os.Args[0]), link))
		handshake("unix", filepath.Join(link, "socket"))
	case "no-socket":
		handshake("unix", filepath.Join(os.Getenv("TMPDIR"), "none"))
	case "old-protocol":
		serve(kind, behavior, 2, &meta)
		return
	case "child", "child-crash":
		child(syscall.SysProcAttr{})
		if behavior == "child-crash" {
			os.Exit(3)
		}
	case "child-escaped":
		child(syscall.SysProcAttr{Setsid: true})
	case "child-daemon": // whose parent has ended
		self, err := os.Executable()
		check(err)
		fork := exec.Command(self)
		fork.Args[0] = os.Args[0] + forkSuffix
		check(fork.Run())
	case "flood":
		line := strings.Repeat("flood ", 200) + "\n"
		for range 10_000 {
			note("%s", line)
		}
		note("the last line\n")
		os.Exit(4)
	case "big":
		meta.out.Description = strings.Repeat("big", 1<<20)
	case "env":
		cwd, _ := os.Getwd()
		text, err := json.Marshal(append(os.Environ(), "CWD="+cwd))
		check(err)
		meta.out.Description = string(text)
	case "other":
		kind = map[string]string{"source": "executor", "executor": "source"}[kind]
	case "requests":
		meta.out.ExternalRequest.Payload.JSONSchema.Value = `{"type":"object","required":["do"]}`
	case "talks": // writes lines unasked
		go func() {
			for {
				time.Sleep(500 * time.Millisecond)
				note("still here\n")
			}
		}()
	case "locked-directory":
		dir := filepath.Join(os.Getenv("TMPDIR"), "a", "b")
		check(os.MkdirAll(dir, 0o700))
		check(os.Chmod(dir, 0))
		check(os.Chmod(filepath.Dir(dir), 0))
	case "restless": // changes its file
		self, err := os.Executable()
		check(err)
		check(os.Chtimes(self, time.Time{}, time.Now()))
	case "neither":
		kind = ""
	case "dev":
		meta.out.Version = "dev"
	case "commander": // gives commands to GitHub Actions
		meta.out.Description = "a\n::error::forged"
		meta.out.JSONSchema.Value = `{"properties": {"a": {"default": "b\n::error::forged"}}}`
	case "no-description":
		meta.out.Description = ""
	case "bad-schema":
		meta.out.JSONSchema.Value = `{"type": "objekt"}`
	case "text-schema":
		meta.out.JSONSchema.Value = "interval: a duration"
	case "draft-schema":
		meta.out.JSONSchema.Value = `{"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": 0}`
	case "long-schema":
		meta.out.JSONSchema.Value = `{"description": "` + strings.Repeat("long ", 100) + `"}`
	case "slow-pattern":
		meta.out.JSONSchema.Value = `{"pattern": "^(a+)+$"}`
	case "slow-forms": // each definition doubles the work
		var text strings.Builder
		for i := range 50 {
			fmt.Fprintf(&text, `"%d": {"anyOf": [{"$ref": "#/definitions/%[2]d"}, {"$ref": "#/definitions/%[2]d"}]}, `, i, i+1)
		}
		meta.out.JSONSchema.Value = `{"$ref": "#/definitions/0", "definitions": {` + text.String() + `"50": false}}`
	case "slow-payload":
		meta.out.ExternalRequest.Payload.JSONSchema.Value = `{"pattern": "^(a+)+$"}`
	case "forger": // writes what would forge other output
		meta.out.Version = "1.2.3\nerror: forged"
		note("::error::forged\n \t::add-mask::x\n##[error]forged\nold\rforged\n\x1b]0;forged\a\u202e\n")
	case "schema-elsewhere":
		meta.out.JSONSchema = api.JSONSchema{RefURL: "https://example.com/schema.json"}
	case "deps-elsewhere":
		meta.out.Dependencies = map[string]api.Dependency{"kubectl": {URLs: api.URLs{"plan9/386": "https://example.com/kubectl"}}}
	case "deps":
		meta.out.Dependencies = map[string]api.Dependency{"kubectl": {URLs: api.URLs{
			"linux/amd64":  "https://example.com/linux/kubectl",
			"linux/arm64":  "https://example.com/linux-arm/kubectl",
			"darwin/arm64": "https://example.com/darwin/kubectl",
		}}}
	}
	serve(kind, behavior, executor.ProtocolVersion, &meta)
}

func note(format string, args ...any) { fmt.Fprintf(os.Stderr, format, args...) }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// handshake names the plugin's address to the host, and waits.
func handshake(network, address string) {
	fmt.Printf("1|3|%s|%s|grpc\n", network, address)
	time.Sleep(time.Hour)
}

// child starts a process that outlives the plugin and holds its stdout and stderr. Recorded returns
// its ID.
func child(attr syscall.SysProcAttr) {
	cmd := exec.Command("sleep", "60")
	cmd.Args[0] = os.Args[0] + childSuffix
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = os.Stdout, os.Stderr, &attr
	check(cmd.Start())
	record("child", cmd.Process.Pid)
}

func serve(kind, behavior string, version uint, meta *metadata) {
	var p plugin.Plugin = &source.Plugin{Source: sourcePlugin{
		metadata: meta,
		behavior: behavior,
		log:      hclog.New(&hclog.LoggerOptions{Name: "test", Output: os.Stderr, JSONFormat: true, Level: hclog.Debug}),
	}}
	switch kind {
	case "":
		p = noPlugin{}
	case "executor":
		p = &executor.Plugin{Executor: executorPlugin{metadata: meta, behavior: behavior}}
	}
	if behavior == "unreadable" {
		p = unreadablePlugin{kind: kind}
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  version,
			MagicCookieKey:   api.HandshakeConfig.MagicCookieKey,
			MagicCookieValue: api.HandshakeConfig.MagicCookieValue,
		},
		Plugins:    plugin.PluginSet{"test": p},
		GRPCServer: plugin.DefaultGRPCServer,
	})
}

// noPlugin serves none of Botkube's interfaces.
type noPlugin struct{ plugin.NetRPCUnsupportedPlugin }

func (noPlugin) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return nil }
func (noPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

// Eventually waits at most ten seconds until ok returns true, and reports whether it did.
func Eventually(ok func() bool) bool {
	for range 1000 {
		if ok() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}
