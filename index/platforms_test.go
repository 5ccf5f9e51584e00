package index_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/index"
)

// The test tries every operating system with every architecture, so that it detects both missing
// and extra platforms.
func TestKnownPlatformMatchesGo(t *testing.T) {
	out, err := exec.Command("go", "tool", "dist", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Fields(string(out))
	if !slices.Contains(list, "linux/amd64") {
		t.Fatalf("go tool dist list: %q", out)
	}
	oses, arches := []string{""}, []string{"", "x86_64", "aarch64", "sparc64"}
	for _, platform := range list {
		os, arch, _ := strings.Cut(platform, "/")
		oses, arches = append(oses, os), append(arches, arch)
	}
	for _, os := range oses {
		for _, arch := range arches {
			p := index.Platform{OS: os, Arch: arch}
			if want := slices.Contains(list, os+"/"+arch); index.KnownPlatform(p) != want {
				t.Errorf("%s: known is %v, want %v as in go tool dist list", p, !want, want)
			}
		}
	}
}
