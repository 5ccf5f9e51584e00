// Package index is the format of a Botkube plugin index: its types, and how to read, write
// and validate it.
//
// A plugin index is a YAML file that lists plugins, their versions, and for each platform
// the URL and the checksum of a file to install. An operator configures its URL under
// plugins.repositories.<name>.url, and Botkube downloads it.
//
//   - [Decode] is lenient. It reads an index exactly as Botkube 1.14.0 does, so that a tool
//     and the cluster never disagree on what a file says.
//   - [Validate] is strict. It reports at once every reason for which Botkube rejects the
//     index, and everything that Botkube accepts but that fails, often silently, when it
//     installs the plugin.
//   - [Check] does both.
//   - [Encode] is deterministic. The same entries in any order give the same bytes.
//
// The package starts no process and opens no connection, so it cannot know whether a URL
// answers, whether a checksum is right, or what is in an archive.
//
// docs/index-format.md describes the format for authors and operators, with the reason for
// each rule. The rules come from the code of Botkube 1.14.0 and of go-getter v1.7.3, with
// which it downloads; comments name the places.
package index
