package pluginhost

import (
	"os"
	"testing"
	"time"

	"botkube-plugins/internal/testplugin"
)

// The test fails if go-plugin sends the output of plugins in a call other than stdioMethod.
func TestEndOfStdioIsSeen(t *testing.T) {
	own, err := os.MkdirTemp("/tmp", "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(own) })
	path := testplugin.Link(t, t.TempDir(), "source_good_linux_amd64")
	cfg := Config{Path: path, Kind: Source, Timeout: time.Minute}
	out := newOutput(nil)
	p := &Plugin{cfg: cfg, proc: newProcess(path, own, cfg)}
	client := newClient(p, own, out)
	if err := p.start(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	select {
	case <-out.stdio:
		t.Error("the output has ended before the plugin")
	default:
	}
	p.stop(client, 0)
	select {
	case <-out.stdio:
	case <-time.After(10 * time.Second):
		t.Error("the output has not ended with the plugin")
	}
}
