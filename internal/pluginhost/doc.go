// Package pluginhost starts one Botkube plugin binary and talks to it as Botkube does: over
// hashicorp/go-plugin, with Botkube's handshake, gRPC only.
//
// Unlike Botkube, it does not trust the plugin unless the caller says so. A plugin gets an
// environment and a temporary directory of its own, a deadline for its start and for each
// call, and a process group that is killed on every path out. A child that leaves the process
// group (setsid) survives; it cannot delay the host.
//
// It is the only package that imports go-plugin's client. [Config] is where a plugin's
// environment is set.
package pluginhost
