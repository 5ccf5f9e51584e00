//go:build unix

package testplugin

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
	"google.golang.org/grpc"
)

// run serves a plugin with a behavior.
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
		results := attack(os.Getppid(), port)
		for name, result := range attackFromChild(os.Getppid(), port) {
			results["from a child: "+name] = result
		}
		meta.describe(results)
	}
	if address, ok := strings.CutPrefix(behavior, "tcp-"); ok {
		handshake("tcp", "127.0.0.1:"+address)
	}
	switch behavior {
	case "needs-env":
		if os.Getenv("CLUSTER") == "" {
			note("CLUSTER is not set\n")
			exit(1)
		}
	case "hang-start", "hang-child":
		if behavior == "hang-child" {
			child(syscall.SysProcAttr{})
		}
		note("waiting for a config map\n")
		time.Sleep(time.Hour)
	case "hang-metadata":
		meta.before = func() { note("waiting for the cluster\n"); time.Sleep(time.Hour) }
	case "crash":
		note("no such cluster\n")
		exit(3)
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
			exit(3)
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
		exit(4)
	case "big":
		meta.out.Description = strings.Repeat("big", 1<<20)
	case "env":
		cwd, _ := os.Getwd()
		meta.describe(append(os.Environ(), "CWD="+cwd))
	case "uses":
		meta.describe(use())
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
	var p plugin.Plugin = &source.Plugin{Source: newSource(meta, behavior)}
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
