// Package pluginhost starts one Botkube plugin binary and talks to it as Botkube does:
// over hashicorp/go-plugin, with Botkube's handshake, gRPC only.
//
// Unlike Botkube it trusts the binary with nothing. A plugin gets an environment, unless the
// caller gives it its own, and a temporary directory of its own, a deadline on its start and on each call, and a process
// group that is killed with everything in it on every path out. A child that leaves the
// process group (setsid) escapes that; it cannot delay the host.
//
// It is the only package that imports go-plugin's client.
package pluginhost
