//go:build unix && !linux

package testplugin

// Succeeded is the result of an attack that the host did not prevent.
const Succeeded = "succeeded"

// attack tries nothing: there is no sandbox on this system.
func attack(string) map[string]string { return nil }
