package pluginhost

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func securityPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// The table of systems on the page says what the code does with each version of Landlock. The
// versions of Linux are those that introduced an ABI
// (https://docs.kernel.org/userspace-api/landlock.html#previous-limitations).
func TestDocumentedRestrictions(t *testing.T) {
	const inPart = "tracing is denied, signals are not"
	systems := []struct {
		row          string
		abi          []int
		filtersCalls bool
	}{
		{row: "Linux 6.12 or newer", abi: []int{6, 7, 8}, filtersCalls: true},
		{row: "Linux 6.2 to 6.11", abi: []int{3, 4, 5}, filtersCalls: true},
		{row: "Linux 5.13 to 6.1", abi: []int{1, 2}, filtersCalls: true},
		{row: "Linux without Landlock", abi: []int{0}, filtersCalls: true},
		{row: "macOS", abi: []int{0}},
	}
	_, table, _ := strings.Cut(securityPage(t), "\n| system ")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")[2:] // without the header
	if len(rows) != len(systems) {
		t.Fatalf("found the rows\n%s\nwant %d", strings.Join(rows, "\n"), len(systems))
	}
	for i, system := range systems {
		for _, abi := range system.abi {
			denied := restrictions(abi, system.filtersCalls)
			want := []string{system.row}
			for _, r := range AllRestrictions() {
				cell := "no"
				if slices.Contains(denied, r) {
					cell = "yes"
				}
				want = append(want, cell)
			}
			rules := ruleset(abi)
			if truncates := rules.Handled_access_fs&unix.LANDLOCK_ACCESS_FS_TRUNCATE == 0; truncates && abi > 0 {
				want[1] += ", but other files can be truncated"
			}
			if abi > 0 && want[3] == "no" { // a domain of Landlock denies tracing
				want[3] = inPart
			}
			var got []string
			for cell := range strings.SplitSeq(strings.Trim(rows[i], "|"), "|") {
				got = append(got, strings.TrimSpace(cell))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("ABI %d (-want +documented):\n%s", abi, diff)
			}
		}
	}
}

// Each version of Landlock denies everything that it can.
func TestRulesets(t *testing.T) {
	for abi := 1; abi <= 8; abi++ {
		rules := ruleset(abi)
		for what, test := range map[string]struct {
			denied bool
			since  int
		}{
			"write":    {rules.Handled_access_fs&unix.LANDLOCK_ACCESS_FS_WRITE_FILE != 0, 1},
			"symlinks": {rules.Handled_access_fs&unix.LANDLOCK_ACCESS_FS_MAKE_SYM != 0, 1},
			"refer":    {rules.Handled_access_fs&unix.LANDLOCK_ACCESS_FS_REFER != 0, 2},
			"truncate": {rules.Handled_access_fs&unix.LANDLOCK_ACCESS_FS_TRUNCATE != 0, 3},
			"ioctl":    {rules.Handled_access_fs&unix.LANDLOCK_ACCESS_FS_IOCTL_DEV != 0, 5},
			"signals":  {rules.Scoped&unix.LANDLOCK_SCOPE_SIGNAL != 0, 6},
			"abstract": {rules.Scoped&unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET != 0, 6},
		} {
			if test.denied != (abi >= test.since) {
				t.Errorf("ABI %d: found %s denied: %t", abi, what, test.denied)
			}
		}
		if rules.Handled_access_fs&^allFiles5 != 0 || abi < 3 && rules.Handled_access_fs&^allFiles2 != 0 {
			t.Errorf("ABI %d: found unknown rights %x", abi, rules.Handled_access_fs)
		}
	}
}

// The page names the processors that the filter of system calls knows, and all files that a plugin
// may use.
func TestDocumentedLists(t *testing.T) {
	page := securityPage(t)
	var known []string
	for _, arch := range []string{"386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x"} {
		if filtersCalls(arch) {
			known = append(known, arch)
		}
	}
	if want := "needs an amd64, arm64 or riscv64 processor"; !slices.Equal(known, []string{"amd64", "arm64", "riscv64"}) || !strings.Contains(page, want) {
		t.Errorf("found %v, want the page to have them", known)
	}
	if !filtersCalls(runtime.GOARCH) {
		t.Errorf("found no filter for %s", runtime.GOARCH)
	}

	_, list, _ := strings.Cut(page, "## What a plugin can do")
	list, _, _ = strings.Cut(list, "- listen on")
	var documented, granted []string
	for _, path := range regexp.MustCompile("`(/[^`]+)`").FindAllStringSubmatch(list, -1) {
		documented = append(documented, path[1])
	}
	for _, g := range grants([]string{"plugin"}, "own")[2:] {
		granted = append(granted, g.path)
	}
	slices.Sort(documented)
	slices.Sort(granted)
	if diff := cmp.Diff(granted, documented); diff != "" {
		t.Errorf("files (-granted +documented):\n%s", diff)
	}
}

// With the rules for each version of Landlock, the kernel denies what the table of systems says: to
// truncate other files, to send signals to other processes, and to trace them.
func TestOlderLandlock(t *testing.T) {
	for abi := range landlockABI() + 1 {
		file := filepath.Join(t.TempDir(), "file")
		other := exec.Command("sleep", "60")
		if err := errors.Join(os.WriteFile(file, []byte("x"), 0o600), other.Start()); err != nil {
			t.Fatal(err)
		}
		own, pid := t.TempDir(), other.Process.Pid
		var opened, truncated, signaled, traced error
		done := make(chan error, 1)
		go onOwnThread(func() {
			err := errors.Join(unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), restrictFiles(abi, os.Args[:1], own))
			if err == nil {
				_, opened = os.ReadFile(file)
				truncated = os.Truncate(file, 0)
				signaled, traced = syscall.Kill(pid, 0), syscall.PtraceAttach(pid)
			}
			done <- err
		})
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = errors.Join(other.Process.Kill(), other.Wait()) // it was killed
		for what, test := range map[string]struct {
			err   error
			since int
		}{"to read": {opened, 1}, "to trace": {traced, 1}, "to truncate": {truncated, 3}, "to signal": {signaled, 6}} {
			if denied := errors.Is(test.err, fs.ErrPermission); denied != (abi >= test.since) {
				t.Errorf("ABI %d: %s: found %v, want that it is denied: %t", abi, what, test.err, abi >= test.since)
			}
		}
	}
}

// What the page does not promise is true, so that it need not be: a plugin sees that another file
// exists, and changes its permissions and times, but cannot open it.
func TestMetadataOfOtherFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	own := t.TempDir()
	done := make(chan error, 1)
	go onOwnThread(func() {
		err := restrictThread(os.Args[:1], own)
		if err == nil {
			_, err = os.Stat(file)
		}
		if err == nil {
			err = errors.Join(os.Chmod(file, 0o640), os.Chtimes(file, time.Time{}, time.Unix(1, 0)))
		}
		if err == nil {
			_, open := os.Open(file)
			_, create := os.Create(file + "2")
			if !errors.Is(open, fs.ErrPermission) || !errors.Is(create, fs.ErrPermission) {
				err = errors.Join(errors.New("found one that is not denied"), open, create)
			}
		}
		done <- err
	})
	if err := <-done; err != nil {
		t.Error(err)
	}
}
