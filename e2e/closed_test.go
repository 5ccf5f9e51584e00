package e2e_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gopkg.in/yaml.v3"
)

// cluster is a closed cluster: a process with a separate root directory, and without any network or
// other processes. Botkube runs in it with the printed values of a mirror.
type cluster struct {
	Root    string // an empty directory
	Volumes string // the directory that all volumes of the values have as content
	Values  string
	// Versions are the versions of the plugins that must run, by their keys in the values.
	Versions map[string]string
	// Dependencies is what the plugin lister must find in its dependency directory.
	Dependencies []string
}

// clusterVariable holds a cluster as JSON, for the process that runs in it.
const clusterVariable = "E2E_CLOSED_CLUSTER"

// A process in a closed cluster has no network. If it has a mirror, Botkube starts all plugins.
func TestClosedCluster(t *testing.T) {
	text, inside := os.LookupEnv(clusterVariable)
	if !inside {
		cluster{}.run(t)
		return
	}
	var c cluster
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp != 0 {
			t.Fatalf("found the interface %s, want none", i.Name)
		}
	}
	if c.Root != "" {
		c.enter(t)
		c.check(t)
	}
}

// run runs TestClosedCluster in the cluster.
func (c cluster) run(t *testing.T) {
	t.Helper()
	if c.Values != "" {
		c.Root = t.TempDir()
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestClosedCluster$", "-test.v", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), clusterVariable+"="+string(text))
	cmd.SysProcAttr = namespaces(syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the closed cluster: %v\n%s\nhint: these tests need root, or user namespaces: "+
			"sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0", err, out)
	}
	if !strings.Contains(string(out), "--- PASS: TestClosedCluster") {
		t.Errorf("found no test in the closed cluster:\n%s", out)
	}
}

// namespaces returns the attributes of a process in new namespaces, in which it has the rights of
// root.
func namespaces(flags uintptr) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Cloneflags: flags}
	if id := os.Geteuid(); id != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{HostID: id, Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	return attributes
}

// enter makes Root the root directory, with the volumes mounted as kubelet mounts them.
func (c cluster) enter(t *testing.T) {
	t.Helper()
	var values struct {
		ExtraVolumeMounts []struct {
			MountPath string `yaml:"mountPath"`
			SubPath   string `yaml:"subPath"`
			ReadOnly  bool   `yaml:"readOnly"`
		} `yaml:"extraVolumeMounts"`
	}
	if err := yaml.Unmarshal([]byte(c.Values), &values); err != nil {
		t.Fatal(err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	for _, dir := range []string{"proc", "dev", "tmp"} {
		check(os.Mkdir(filepath.Join(c.Root, dir), 0o777))
	}
	check(syscall.Mount("/dev", filepath.Join(c.Root, "dev"), "", syscall.MS_BIND|syscall.MS_REC, ""))
	check(syscall.Mount("proc", filepath.Join(c.Root, "proc"), "proc", 0, ""))
	for _, m := range values.ExtraVolumeMounts {
		from, to := filepath.Join(c.Volumes, m.SubPath), filepath.Join(c.Root, m.MountPath)
		if !m.ReadOnly {
			t.Errorf("found the mount %+v, want a read-only one", m)
		}
		if m.SubPath == "" {
			check(os.MkdirAll(to, 0o755))
		} else {
			check(os.WriteFile(to, nil, 0o644))
		}
		check(syscall.Mount(from, to, "", syscall.MS_BIND, ""))
		check(syscall.Mount("", to, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY|lockedFlags(t, to), ""))
	}
	check(syscall.Chroot(c.Root))
	check(os.Chdir("/"))
	check(os.Setenv("TMPDIR", "/tmp"))
}

// lockedFlags returns the flags of a mount that a user namespace cannot remove.
func lockedFlags(t *testing.T, path string) uintptr {
	t.Helper()
	var stat syscall.Statfs_t
	if err := syscall.Statfs(path, &stat); err != nil {
		t.Fatal(err)
	}
	return uintptr(stat.Flags) & (syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC | syscall.MS_NOATIME | syscall.MS_RELATIME)
}

// check starts Botkube with the values, and uses each plugin.
func (c cluster) check(t *testing.T) {
	t.Helper()
	cfg, executors, sources := enabled(t, []byte(c.Values), allBound(t, c.Values))
	keys := append(slices.Clone(executors), sources...)
	if len(keys) != len(c.Versions) {
		t.Errorf("found the plugins %v enabled, want %v", keys, c.Versions)
	}
	b := &botkube{t: t}
	if err := b.startWith(cfg.Plugins, executors, sources); err != nil {
		t.Fatal(err)
	}
	for key, want := range c.Versions {
		var got string
		if slices.Contains(executors, key) {
			md, err := b.executor(key).Metadata(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got = md.Version
		} else {
			md, err := b.source(key).Metadata(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got = md.Version
		}
		if got != want {
			t.Errorf("%s: found the version %s running, want %s", key, got, want)
		}
		c.use(t, b, key)
	}
	b.stop()
}

// use checks that a plugin works.
func (c cluster) use(t *testing.T, b *botkube, key string) {
	t.Helper()
	_, name, _ := strings.Cut(key, "/")
	name, _, _ = strings.Cut(name, "@")
	switch name {
	case "ticker":
		b.next(b.stream(t.Context(), key, "interval: 1s"))
	case "forwarder":
		b.stream(t.Context(), key, "null\n")
	case "echo":
		if got, err := execute(b, key, "echo hello"); err != nil || got.BaseBody.CodeBlock != "hello" {
			t.Errorf("found %+v, error %v; want hello", got, err)
		}
	case "restart":
		if got, err := execute(b, key, "restart"); err != nil || got.BaseBody.Plaintext != "Choose a namespace:" {
			t.Errorf("found %+v, error %v; want a question", got, err)
		}
	case "lister":
		got, err := execute(b, key, "lister")
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Join(c.Dependencies, ""); got.BaseBody.Plaintext != want {
			t.Errorf("found the dependencies\n%swant\n%s", got.BaseBody.Plaintext, want)
		}
	default:
		t.Errorf("found the plugin %s, want one of those above", key)
	}
}

// allBound returns a channel with all groups of the values.
func allBound(t *testing.T, values string) []byte {
	t.Helper()
	var groups struct{ Sources, Executors map[string]any }
	if err := yaml.Unmarshal([]byte(values), &groups); err != nil {
		t.Fatal(err)
	}
	names := func(groups map[string]any) string {
		var all []string
		for name := range groups {
			all = append(all, name)
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	return channel(names(groups.Sources), names(groups.Executors))
}

// dependency is a line of the plugin lister.
func dependency(name string, content []byte) string {
	return fmt.Sprintf("%s -rwxr-xr-x %s\n", name, sum(content))
}
