#!/bin/sh
# Prints the platforms whose plugins a workflow starts, as the include list of a matrix in JSON. It
# reads from stdin what indexgen validate prints, and from RUNNERS the runner of each platform, as
# release-plugins.yml describes it. A platform without a runner is left out.
set -eu
separator=
printf '['
for platform in $(sed -n 's/.*: valid, .* for //p' | tr -d ,); do
	runner=$(printf %s "${RUNNERS-}" | tr -d '\n' | sed -n "s|.*\"$platform\": *\"\([^\"\\\\]*\)\".*|\1|p")
	[ -n "$runner" ] || continue
	printf '%s{"os": "%s", "arch": "%s", "runner": "%s"}' "$separator" "${platform%/*}" "${platform#*/}" "$runner"
	separator=', '
done
printf ']\n'
