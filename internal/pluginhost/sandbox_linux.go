package pluginhost

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The access rights of Landlock (https://docs.kernel.org/userspace-api/landlock.html), by the
// version of its ABI that has them first.
const (
	readFile    = unix.LANDLOCK_ACCESS_FS_READ_FILE
	readDir     = unix.LANDLOCK_ACCESS_FS_READ_DIR
	writeFile   = unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	execute     = unix.LANDLOCK_ACCESS_FS_EXECUTE
	allFiles1   = unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1
	allFiles2   = allFiles1 | unix.LANDLOCK_ACCESS_FS_REFER
	allFiles3   = allFiles2 | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	allFiles5   = allFiles3 | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	allScopes6  = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	onlyForFile = readFile | writeFile | execute | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
)

// landlockABI returns the version of the kernel's Landlock, or 0 if it has none or does not
// use it.
func landlockABI() int {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(abi)
}

// ruleset returns the most that a version of Landlock's ABI can deny.
func ruleset(abi int) unix.LandlockRulesetAttr {
	rules := unix.LandlockRulesetAttr{Handled_access_fs: allFiles1}
	switch {
	case abi >= 5:
		rules.Handled_access_fs = allFiles5
	case abi >= 3:
		rules.Handled_access_fs = allFiles3
	case abi == 2:
		rules.Handled_access_fs = allFiles2
	}
	if abi >= 6 {
		rules.Scoped = allScopes6
	}
	return rules
}

// grant is what a plugin may do below a path.
type grant struct {
	path   string
	access uint64
}

// grants are everything that a plugin may do with files: read and execute itself, what runs it and
// the system's libraries and programs, and do anything in its own directory.
func grants(command []string, own string) []grant {
	const use = readFile | readDir | execute
	all := []grant{
		{command[len(command)-1], readFile | execute},
		{own, allFiles5},
		{os.DevNull, readFile | writeFile},
		{"/dev/urandom", readFile},
		{"/etc/ld.so.cache", readFile},
		{"/etc/ssl", readFile | readDir},
	}
	for _, dir := range []string{"/bin", "/lib", "/lib32", "/lib64", "/usr"} {
		all = append(all, grant{dir, use})
	}
	if len(command) > 1 {
		all = append(all, grant{command[0], readFile | execute})
	}
	return all
}

// restrictThread confines the calling thread, and every process that it starts from now on. The
// caller must have locked the goroutine to the thread and never unlock it. The command ends with the
// plugin.
func restrictThread(command []string, own string) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot prepare the sandbox: %w", err)
	}
	if err := restrictFiles(landlockABI(), command, own); err != nil {
		return fmt.Errorf("cannot restrict the plugin's files: %w", err)
	}
	if err := restrictNetwork(); err != nil {
		return fmt.Errorf("cannot restrict the plugin's network: %w", err)
	}
	return nil
}

// restrictFiles enters a domain of Landlock that has the grants, and nothing outside to send
// signals to. abi is the version of Landlock's ABI, at most that of the kernel.
func restrictFiles(abi int, command []string, own string) error {
	if abi < 1 {
		return nil
	}
	rules := ruleset(abi)
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&rules)), unsafe.Sizeof(rules), 0)
	if errno != 0 {
		return errno
	}
	defer unix.Close(int(fd))
	for _, g := range grants(command, own) {
		if err := allow(int(fd), g, rules.Handled_access_fs); err != nil {
			return fmt.Errorf("%s: %w", g.path, err)
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// allow adds a grant to a ruleset. A path that does not exist needs none.
func allow(ruleset int, g grant, handled uint64) error {
	fd, err := unix.Open(g.path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: g.access & handled, Parent_fd: int32(fd)}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		rule.Allowed_access &= onlyForFile
	}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// auditArch returns the number by which seccomp knows an architecture, or 0 if it is not known here.
func auditArch(goarch string) uint32 {
	return map[string]uint32{
		"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64, "riscv64": unix.AUDIT_ARCH_RISCV64,
	}[goarch]
}

// filtersCalls reports whether restrictNetwork denies anything on an architecture.
func filtersCalls(goarch string) bool { return auditArch(goarch) != 0 }

// restrictNetwork denies all connections, and all sockets except Unix stream sockets, of which
// go-plugin needs one to listen on. It filters system calls. Landlock would not do: it knows TCP,
// but not UDP, not TCP over MPTCP, which Go uses, and, up to ABI 8, not Unix sockets with a path,
// such as Docker's.
func restrictNetwork() error {
	if !filtersCalls(runtime.GOARCH) {
		return nil
	}
	// Offsets in struct seccomp_data.
	const number, arch, firstArgument, secondArgument = 0, 4, 16, 24
	const x32 = 0x40000000  // a second set of numbers on amd64 begins here
	const socketTypes = 0xf // without flags such as SOCK_CLOEXEC
	const (
		load    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		and     = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K
		equal   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		atLeast = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		result  = unix.BPF_RET | unix.BPF_K
	)
	// Jt and Jf are how many instructions to skip if the condition is true or false. The last but
	// one denies, the last allows.
	program := []unix.SockFilter{
		{Code: load, K: arch},
		{Code: equal, K: auditArch(runtime.GOARCH), Jf: 11}, // the numbers of another architecture are others
		{Code: load, K: number},
		{Code: atLeast, K: x32, Jt: 9},
		{Code: equal, K: unix.SYS_IO_URING_SETUP, Jt: 8}, // with which sockets can be opened, too
		{Code: equal, K: unix.SYS_CONNECT, Jt: 7},
		{Code: equal, K: unix.SYS_SOCKET, Jt: 1},
		{Code: equal, K: unix.SYS_SOCKETPAIR, Jf: 6},
		{Code: load, K: firstArgument},
		{Code: equal, K: unix.AF_UNIX, Jf: 3},
		{Code: load, K: secondArgument},
		{Code: and, K: socketTypes},
		{Code: equal, K: unix.SOCK_STREAM, Jt: 1},
		{Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EACCES)},
		{Code: result, K: unix.SECCOMP_RET_ALLOW},
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		return errno
	}
	return nil
}

func isFirstThread() bool { return unix.Gettid() == os.Getpid() }

// HardenProcess keeps other processes of the same user from reading this one's memory and
// environment, and makes this process the parent of all its orphaned descendants, so that
// they can be killed.
func HardenProcess() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}
