package inspect

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"fmt"
	"slices"

	"botkube-plugins/index"
)

// headerSize is how many bytes are read to identify a file. The header of a PE file may start
// anywhere, but known linkers put it within this size.
const headerSize = 4096

// executable is the information in a file's header.
type executable struct {
	format string   // with its article
	oses   []string // the systems that it may run on; some share a format
	archs  []string // several for a universal binary
}

// checkHeader reports whether head is the beginning of an executable for the platform. If not,
// found describes it.
func checkHeader(head []byte, want index.Platform) (found string, ok bool) {
	exe, found := readHeader(head)
	switch {
	case exe == nil:
		return found, false
	case slices.Contains(exe.oses, want.OS) && slices.Contains(exe.archs, want.Arch):
		return "", true
	case len(exe.archs) == 0:
		return fmt.Sprintf("%s executable for an unknown machine", exe.format), false
	}
	return fmt.Sprintf("%s executable for %s/%s", exe.format, exe.oses[0], exe.archs[0]), false
}

// noProgram describes a file that begins with head and is certainly not a program. It returns "" if
// the file may be a program.
func noProgram(head []byte) string {
	text := bytes.ToLower(bytes.TrimSpace(head[:min(len(head), 100)]))
	switch {
	case len(head) == 0:
		return "an empty file"
	case bytes.HasPrefix(text, []byte("<!doctype")), bytes.HasPrefix(text, []byte("<html")), bytes.HasPrefix(text, []byte("<?xml")):
		return fmt.Sprintf("a file that begins with %q", head[:min(len(head), 16)])
	}
	return ""
}

// readHeader returns the information in the header, or a description of a file that is not an
// executable.
func readHeader(head []byte) (*executable, string) {
	switch {
	case len(head) == 0:
		return nil, "an empty file"
	case bytes.HasPrefix(head, []byte("#!")):
		line, _, _ := bytes.Cut(head, []byte("\n"))
		return nil, fmt.Sprintf("a script (%q)", line[:min(len(line), 60)])
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return readELF(head)
	case bytes.HasPrefix(head, []byte("MZ")):
		return readPE(head)
	case len(head) >= 8:
		if exe, found := readMachO(head); exe != nil || found != "" {
			return exe, found
		}
	}
	return nil, fmt.Sprintf("a file that begins with %q", head[:min(len(head), 16)])
}

var elfArchs = map[elf.Machine]map[binary.ByteOrder][2]string{ // 32 and 64 bits
	elf.EM_386:       {binary.LittleEndian: {"386", ""}},
	elf.EM_X86_64:    {binary.LittleEndian: {"", "amd64"}},
	elf.EM_ARM:       {binary.LittleEndian: {"arm", ""}},
	elf.EM_AARCH64:   {binary.LittleEndian: {"", "arm64"}},
	elf.EM_LOONGARCH: {binary.LittleEndian: {"", "loong64"}},
	elf.EM_MIPS:      {binary.BigEndian: {"mips", "mips64"}, binary.LittleEndian: {"mipsle", "mips64le"}},
	elf.EM_PPC64:     {binary.BigEndian: {"", "ppc64"}, binary.LittleEndian: {"", "ppc64le"}},
	elf.EM_RISCV:     {binary.LittleEndian: {"", "riscv64"}},
	elf.EM_S390:      {binary.BigEndian: {"", "s390x"}},
}

// elfOSes maps an ABI to the systems that run ELF files with it. Most linkers set the ABI to "none"
// for every system.
var elfOSes = map[elf.OSABI][]string{
	elf.ELFOSABI_NONE:    {"linux", "android", "dragonfly", "freebsd", "illumos", "netbsd", "openbsd", "solaris"},
	elf.ELFOSABI_LINUX:   {"linux", "android"},
	elf.ELFOSABI_NETBSD:  {"netbsd"},
	elf.ELFOSABI_FREEBSD: {"freebsd"},
	elf.ELFOSABI_OPENBSD: {"openbsd"},
	elf.ELFOSABI_SOLARIS: {"solaris", "illumos"},
}

func readELF(head []byte) (*executable, string) {
	if len(head) < 20 {
		return nil, "a truncated ELF file"
	}
	var order binary.ByteOrder = binary.LittleEndian
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	if t := elf.Type(order.Uint16(head[16:])); t != elf.ET_EXEC && t != elf.ET_DYN {
		return nil, fmt.Sprintf("an ELF file of type %s", t)
	}
	exe := &executable{format: "an ELF", oses: elfOSes[elf.OSABI(head[elf.EI_OSABI])]}
	if exe.oses == nil {
		return nil, fmt.Sprintf("an ELF executable for %s", elf.OSABI(head[elf.EI_OSABI]))
	}
	bits := 0
	if elf.Class(head[elf.EI_CLASS]) == elf.ELFCLASS64 {
		bits = 1
	}
	if arch := elfArchs[elf.Machine(order.Uint16(head[18:]))][order][bits]; arch != "" {
		exe.archs = []string{arch}
	}
	return exe, ""
}

var machoArchs = map[macho.Cpu]string{
	macho.Cpu386: "386", macho.CpuAmd64: "amd64", macho.CpuArm: "arm", macho.CpuArm64: "arm64",
}

// readMachO returns nil and "" if head is not a Mach-O file.
func readMachO(head []byte) (*executable, string) {
	exe := &executable{format: "a Mach-O", oses: []string{"darwin", "ios"}}
	little, big := binary.LittleEndian.Uint32(head), binary.BigEndian.Uint32(head)
	switch {
	case little == macho.Magic32 || little == macho.Magic64:
		if len(head) < 16 {
			return nil, "a truncated Mach-O file"
		}
		if t := macho.Type(binary.LittleEndian.Uint32(head[12:])); t != macho.TypeExec {
			return nil, fmt.Sprintf("a Mach-O file of type %s", t)
		}
		if arch := machoArchs[macho.Cpu(binary.LittleEndian.Uint32(head[4:]))]; arch != "" {
			exe.archs = []string{arch}
		}
		return exe, ""
	case big == macho.MagicFat:
		// A universal binary has a count, then 20 bytes for each machine. Java class files have the
		// same magic number, but their version would be a large count.
		n := int(binary.BigEndian.Uint32(head[4:]))
		for i := 0; i < min(n, 16) && 8+20*(i+1) <= len(head); i++ {
			if arch := machoArchs[macho.Cpu(binary.BigEndian.Uint32(head[8+20*i:]))]; arch != "" {
				exe.archs = append(exe.archs, arch)
			}
		}
		return exe, ""
	}
	return nil, ""
}

var peArchs = map[uint16]string{
	pe.IMAGE_FILE_MACHINE_I386:  "386",
	pe.IMAGE_FILE_MACHINE_AMD64: "amd64",
	pe.IMAGE_FILE_MACHINE_ARMNT: "arm",
	pe.IMAGE_FILE_MACHINE_ARM64: "arm64",
}

func readPE(head []byte) (*executable, string) {
	if len(head) < 64 {
		return nil, "a truncated DOS file"
	}
	at := int(binary.LittleEndian.Uint32(head[60:]))
	if at < 0 || at+6 > len(head) || string(head[at:at+4]) != "PE\x00\x00" {
		return nil, "a DOS file without a PE header"
	}
	exe := &executable{format: "a PE", oses: []string{"windows"}}
	if arch := peArchs[binary.LittleEndian.Uint16(head[at+4:])]; arch != "" {
		exe.archs = []string{arch}
	}
	return exe, ""
}
