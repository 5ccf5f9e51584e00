//go:build unix

package testplugin

import (
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"math/rand/v2"
)

// Executable returns size bytes that begin like an executable for linux, android, darwin or windows
// on amd64 or arm64. The rest is noise that depends only on the arguments. No test runs on android
// or windows, so files for them are never started.
func Executable(goos, goarch string, size int) []byte {
	b := make([]byte, max(size, 256))
	noise := rand.NewChaCha8([32]byte([]byte((goos + goarch + "................................")[:32])))
	_, _ = noise.Read(b)
	clear(b[:128])
	arm := goarch == "arm64"
	little := binary.LittleEndian
	switch goos {
	case "linux", "android":
		copy(b, elf.ELFMAG)
		b[elf.EI_CLASS], b[elf.EI_DATA], b[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
		little.PutUint16(b[16:], uint16(elf.ET_EXEC))
		little.PutUint16(b[18:], uint16(either(arm, elf.EM_AARCH64, elf.EM_X86_64)))
	case "darwin":
		little.PutUint32(b, macho.Magic64)
		little.PutUint32(b[4:], uint32(either(arm, macho.CpuArm64, macho.CpuAmd64)))
		little.PutUint32(b[12:], uint32(macho.TypeExec))
	case "windows":
		copy(b, "MZ")
		b[60] = 64
		copy(b[64:], "PE\x00\x00")
		little.PutUint16(b[68:], uint16(either(arm, pe.IMAGE_FILE_MACHINE_ARM64, pe.IMAGE_FILE_MACHINE_AMD64)))
	}
	return b
}

func either[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}
