// Package pluginhost starts one Botkube plugin binary and talks to it as Botkube does: over
// hashicorp/go-plugin, with Botkube's handshake, gRPC only.
//
// Unlike Botkube, it does not trust the plugin unless the caller says so. A plugin gets its own
// environment and temporary directory, a deadline for its start and for each call, and a process
// group that is killed on every path out. A child that leaves the process group (setsid) survives,
// but cannot delay the host.
//
// No other package imports go-plugin's client. [Config] sets a plugin's environment.
package pluginhost
