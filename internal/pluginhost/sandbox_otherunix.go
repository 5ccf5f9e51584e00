//go:build unix && !linux

package pluginhost

func landlockABI() int { return 0 }

func filtersCalls(string) bool { return false }

func restrictThread([]string, string) error { return nil }

func isFirstThread() bool { return false }

// HardenProcess does nothing on this system.
func HardenProcess() error { return nil }

func (*plugins) killOrphans() {}
