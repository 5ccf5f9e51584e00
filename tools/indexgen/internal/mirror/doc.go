// Package mirror copies the plugins of one or several indexes to a place from which Botkube installs
// or starts them without a connection to the outside.
//
// A mirror is a directory in a [Layout], with the index files of its repositories. [Run] downloads
// and checks what is selected, as indexgen verify does, and keeps each file in a directory for
// unfinished work until all of them could be installed. Then it moves them into place, replaces the
// index files, and removes what is no longer selected. A lock file says which files the mirror has
// and where they come from. If a run is interrupted, the next one continues with the files that are
// there.
package mirror
