#!/bin/sh
# Writes the files of ../assets/vendor, or of the directory in the argument, from packages of npm.
set -eu
vendor=$(cd "${1:-$(dirname "$0")/../assets/vendor}" && pwd)
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
npm install --silent --ignore-scripts --prefix "$work" @cfworker/json-schema@4.1.6 js-yaml@4.3.2 esbuild@0.28.2
cp json-schema.mjs regexp.mjs "$work"
cd "$work"
node_modules/.bin/esbuild json-schema.mjs --bundle --minify --format=iife --global-name=JSONSchema --inject:regexp.mjs \
	--log-level=warning --banner:js='/*! @cfworker/json-schema 4.1.6, MIT: see json-schema.LICENSE */' --outfile="$vendor/json-schema.js"
{ echo '/*! js-yaml 4.3.2, MIT: see js-yaml.LICENSE */'; cat node_modules/js-yaml/dist/js-yaml.min.js; } > "$vendor/js-yaml.js"
cp node_modules/js-yaml/LICENSE "$vendor/js-yaml.LICENSE"
