#!/bin/sh
# Prints the names of the files in dist/ that a release consists of: what GoReleaser has checksums of, and
# what the index names below the release's download URL. Without GoReleaser's checksums, these are all
# files. It fails if a file differs from its checksum.
#
#   files.sh https://github.com/OWNER/REPO/releases/tag/v1.0.0
set -eu
download=$(echo "$1" | sed 's|/releases/tag/|/releases/download/|')
sha256sum=$(command -v sha256sum || echo shasum -a 256)

listed() {
	echo plugins-index.yaml
	sed -n "s|.*url: ['\"]*$download/\([^?'\"]*\).*|\1|p" plugins-index.yaml
	checked=
	for sums in *checksums.txt; do
		[ -e "$sums" ] || continue
		$sha256sum --check --quiet "$sums" >&2 || exit 1
		sed 's/^[0-9a-f]* [ *]//' "$sums"
		checked=yes
	done
	[ -n "$checked" ] || find . -mindepth 1 -maxdepth 1 -type f | sed 's|^\./||'
}

cd dist
files=$(listed)
echo "$files" | LC_ALL=C sort -u
