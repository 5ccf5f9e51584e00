//go:build unix && !linux

package pluginhost

// Restrictions returns what the sandbox denies to plugins on this system: nothing.
func Restrictions() []Restriction { return nil }

func restrictThread([]string, string) error { return nil }

func isFirstThread() bool { return false }

// HardenProcess does nothing on this system.
func HardenProcess() error { return nil }

func (*plugins) killOrphans() {}
