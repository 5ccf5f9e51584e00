//go:build unix && !linux

package testplugin

// Succeeded is the result of an attack that the host did not prevent.
const Succeeded = "succeeded"

// There is no sandbox on this system.

func attack(int, string) map[string]string { return nil }

func attackFromChild(int, string) map[string]string { return nil }

func use() map[string]string { return nil }
