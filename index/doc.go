// Package index is the format of a Botkube plugin index: reading it, writing it
// and judging it.
//
// A plugin index is one YAML file that lists plugins, their versions, and for
// each platform the URL and the checksum of a file to install. An operator puts
// its URL under plugins.repositories.<name>.url, and Botkube downloads it.
//
//   - [Decode] is lenient. It reads an index exactly as Botkube 1.14.0 does, so
//     that a tool and the cluster never disagree on what a file says.
//   - [Validate] is strict. It reports every reason at once why Botkube would
//     reject the index, and everything that Botkube accepts but that fails, often
//     without a word, when it installs the plugin.
//   - [Encode] is deterministic. The same entries in any order give the same
//     bytes, and what it writes is read back unchanged.
//
// A reader that must know whether an index can be installed does both steps:
//
//	ix, err := index.Decode(data)
//	if err != nil {
//		return err // not an index: the line, and a hint on a line of its own
//	}
//	return index.Validate(ix).Err() // nil, or a line for each problem
//
// The package judges the text of an index. It starts no process and opens no
// connection, so it cannot tell whether a URL answers, whether a checksum is
// right, or what is in an archive.
//
// docs/index-format.md describes the format for authors and operators, with the
// reason for each rule. The rules come from the code of Botkube 1.14.0 and of
// the go-getter v1.7.3 that it downloads with; comments name the places.
package index
