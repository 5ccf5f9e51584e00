#!/bin/sh
# Prints the last part of a release's notes: how to install it.
#
#   installing.sh https://github.com/OWNER/REPO/releases/tag/v1.0.0 URL_OF_THE_GUIDE
set -eu
page=$1 guide=$2
tag=${page##*/}
releases=${page%/tag/*}
repository=${releases%/releases}
repository=${repository##*/}

values() {
	printf '\n```yaml\nplugins:\n  repositories:\n    %s:\n      url: %s/plugins-index.yaml\n```\n' "$repository" "$1"
}

printf '\n## Installing\n\nIn Botkube'\''s values:\n'
values "$releases/download/$tag"
cat <<END

This URL is for this release, and its content never changes. Use it to pin a version: Botkube ignores the version in
\`$repository/<plugin>@$tag\` and installs the newest one in the index. It caches the index under the
repository's name, so clear its cache, or use another name, when you change the URL.
END
case $tag in
*-*) ;; # a pre-release never becomes the latest release
*)
	printf '\nTo follow the releases, use the URL of the latest one instead:\n'
	values "$releases/latest/download"
	printf '\nBotkube caches the index, and downloads it again only if a plugin is missing in it or the cache is empty.\n'
	;;
esac
printf '\n[How to verify this release](%s)\n' "$guide"
