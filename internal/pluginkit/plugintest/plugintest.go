// Package plugintest tests plugins over real gRPC, and their configs against their schemas.
// Only tests import it.
package plugintest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
)

// Build links these values into a plugin as main.version and main.docsBase.
const (
	version  = "v1.2.3"
	docsBase = "https://example.com/repo/tree/v1.2.3"
)

// Patience is the deadline for an operation that takes at most a second.
const Patience = 10 * time.Second

// key is the plugin's key in the maps of go-plugin. Botkube's client does not send it.
const key = "plugin"

// ServeSource serves a source in this process until the test ends.
func ServeSource(t testing.TB, served source.Source) source.Source {
	t.Helper()
	return dispense[source.Source](t, serve(t, &source.Plugin{Source: served}))
}

// OpenStream serves a source in this process until the test ends, and starts a stream. Its Recv
// returns the error that ends the stream, which Botkube's own client only logs. The stream ends when
// it is canceled, at the latest after Patience.
func OpenStream(t testing.TB, served source.Source, configs ...string) (stream source.Source_StreamClient, cancel func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	t.Cleanup(cancel)
	client := source.NewSourceClient(serve(t, &source.Plugin{Source: served}).Conn)
	stream, err := client.Stream(ctx, &source.StreamRequest{Configs: SourceConfigs(configs...), Context: &source.StreamContext{}})
	if err != nil {
		t.Fatal(err)
	}
	return stream, cancel
}

// ServeExecutor serves an executor in this process until the test ends.
func ServeExecutor(t testing.TB, served executor.Executor) executor.Executor {
	t.Helper()
	return dispense[executor.Executor](t, serve(t, &executor.Plugin{Executor: served}))
}

// Build builds the plugin in the working directory with the flags of a release, and returns the
// path of the binary.
func Build(t testing.TB, goos, goarch string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "plugin")
	const ldflags = "-s -w -X main.version=" + version + " -X main.docsBase=" + docsBase
	command := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", ldflags, "-o", binary, ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return binary
}

// SourceConfigs returns configs as Botkube passes them to a source.
func SourceConfigs(texts ...string) []*source.Config {
	var configs []*source.Config
	for _, text := range texts {
		configs = append(configs, &source.Config{RawYAML: []byte(text)})
	}
	return configs
}

func executorConfigs(texts []string) []*executor.Config {
	var configs []*executor.Config
	for _, text := range texts {
		configs = append(configs, &executor.Config{RawYAML: []byte(text)})
	}
	return configs
}

func serve(t testing.TB, served plugin.Plugin) *plugin.GRPCClient {
	t.Helper()
	client, server := plugin.TestPluginGRPCConn(t, false, map[string]plugin.Plugin{key: served})
	t.Cleanup(func() {
		_ = client.Close() // stops the server
		<-server.DoneCh
	})
	return client
}

func start(t testing.TB, kind plugin.Plugin, protocolVersion uint) *plugin.GRPCClient {
	t.Helper()
	handshake := api.HandshakeConfig
	handshake.ProtocolVersion = protocolVersion
	client := plugin.NewClient(&plugin.ClientConfig{
		Plugins:          map[string]plugin.Plugin{key: kind},
		Cmd:              exec.Command(Build(t, runtime.GOOS, runtime.GOARCH)),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		HandshakeConfig:  handshake,
		Logger:           hclog.NewNullLogger(),
	})
	t.Cleanup(client.Kill)
	connection, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	return connection.(*plugin.GRPCClient)
}

func dispense[P any](t testing.TB, client *plugin.GRPCClient) P {
	t.Helper()
	dispensed, err := client.Dispense(key)
	if err != nil {
		t.Fatal(err)
	}
	return dispensed.(P)
}
