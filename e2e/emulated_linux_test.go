package e2e_test

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// An emulator starts the plugins for the other architecture in the sandbox, and they answer as those
// for this one do.
func TestEmulatorStartsForeignPlugins(t *testing.T) {
	platform, emulator := "linux/arm64", "qemu-aarch64-static"
	if runtime.GOARCH == "arm64" {
		platform, emulator = "linux/amd64", "qemu-x86_64-static"
	}
	if _, err := exec.LookPath(emulator); err != nil {
		t.Fatalf("%v; run make packages, which installs it", err)
	}
	readDist(t, "plugins-index.yaml") // fails with a hint if dist is missing
	cmd := exec.CommandContext(t.Context(), built(t, buildIndexgen), "verify", "--dist", dist, "--platform", platform,
		"--exec", platform+"="+emulator, "--require-start="+platform, dist+"/plugins-index.yaml")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), platform+" (started)\n") != 4 {
		t.Errorf("found error %v and the output\n%s\nwant that four plugins were started", err, out)
	}
}
