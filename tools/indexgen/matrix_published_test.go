package main

import (
	"bytes"
	"strings"

	"botkube-plugins/index"
)

// publishedRows concern the server that a release is published on.
var publishedRows = []row{
	{
		name: "an asset that was not uploaded", by: byVerify,
		message: `found the error "HTTP status 404 Not Found", want a file that can be downloaded`,
		botkube: "fails to download it", // go-getter's HttpGetter.GetFile
		fix:     "Upload the file, and check that the URL contains the right tag.",
		prepare: published("404"),
	}, {
		name: "an asset that is not public", by: byVerify,
		message: `found the error "HTTP status 403 Forbidden", want a file that can be downloaded`,
		botkube: "fails to download it, even with headers for the index", // fetchIndex sends the headers, HttpGetter.GetFile does not
		fix:     "Make the file public, because Botkube sends its headers only with the request for the index.",
		prepare: published("403"),
	}, {
		name: "an asset that needs the token of the index", by: byVerify, args: "--header Authorization:Bearer",
		message: `found the error "HTTP status 401 Unauthorized", want a file that can be downloaded`,
		botkube: "fails to download it", // go-getter's HttpGetter.GetFile
		prepare: published("token"),
	}, {
		name: "an error page with status 200", by: byVerify,
		message: "hint: the server answered with an HTML page; check that the URL is public and leads to the raw file",
		botkube: botkubeBadSum,
		prepare: published("page"),
	}, {
		name: "a truncated upload", by: byVerify,
		message: "found a file of … bytes with the SHA-256 …, as the index says",
		botkube: botkubeBadSum,
		prepare: func(r *release) { r.good(); r.truncate() },
	}, {
		name: "an asset that was replaced after the release", by: byVerify,
		message: "hint: the file was changed after the index was generated",
		botkube: botkubeBadSum,
		fix:     "Publish a new version, and never replace a released file.",
		prepare: func(r *release) { r.good(); r.rebuild() },
	}, {
		name: "a redirect loop", by: byVerify,
		message: `found the error "more than 10 redirects"`,
		botkube: "fails after 10 redirects", // Go's net/http
		prepare: published("loop"),
	}, {
		name: "an archive served as compressed content", by: byVerify,
		message: "found a file of … bytes with the SHA-256 …, as the index says",
		botkube: "decompresses it too early and rejects the checksum", // Go's net/http
		prepare: published("gzip"),
	}, {
		name: "an index that cannot be downloaded", by: byVerify,
		message: `index: found the error "HTTP status 404 Not Found", want an index that can be downloaded`,
		botkube: "starts no plugin", // fetchIndex
		fix:     "Check the URL, and that the release is public and not a draft.",
		prepare: func(*release) {},
	}, {
		name: "an index that needs a token", by: byVerify,
		message: "hint: send Botkube's headers with --header",
		botkube: "starts no plugin, unless its configuration sets the header", // fetchIndex
		fix:     "Pass the header that Botkube is configured with as --header.",
		prepare: func(r *release) { r.good(); r.fault("/plugins-index.yaml", "token") },
	}, {
		name: "a web page instead of the index", by: byVerify,
		message: "this looks like an HTML or XML page; check that the URL is public and leads to the raw file",
		botkube: "starts no plugin", // newStoreRepositories
		fix:     "Use the URL of the raw file or of the release asset, not of the page that shows it.",
		prepare: func(r *release) { r.good(); r.fault("/plugins-index.yaml", "page") },
	},
}

// published prepares a release and lets the server serve its archive with a fault.
func published(fault string) func(*release) {
	return func(r *release) {
		r.good()
		r.fault("/"+artifactX+".tar.gz", fault)
	}
}

// networkRows are failures that do not show that Botkube cannot install the release.
var networkRows = []row{
	{
		name: "a download that always breaks off", by: byVerify,
		message: `found the error "EOF", want a file that can be downloaded`,
		botkube: "fails without a second try", // go-getter's HttpGetter.GetFile
		prepare: published("no bytes"),
	}, {
		name: "a server that sends one byte for each request", by: byVerify,
		message: "gave up after 2 bytes and 2 requests without progress: unexpected EOF",
		botkube: "fails without a second try", // go-getter's HttpGetter.GetFile
		prepare: published("one byte"),
	}, {
		name: "a server that always fails", by: byVerify,
		message: `found the error "HTTP status 503 Service Unavailable"`,
		botkube: "fails to download it", // go-getter's HttpGetter.GetFile
		prepare: published("503"),
	}, {
		name: "a server that never answers", by: byVerify, args: "--request-timeout 500ms",
		message: `found the error "no complete answer within 500ms"`,
		botkube: "waits forever", // downloadBinary, which sets no timeout
		prepare: published("hangs"),
	},
}

// workingRows look broken but can be installed.
var workingRows = []row{
	{
		name: "an index of more than 1 MB", by: byValidate,
		message: "warning: index: found … bytes, want at most 1048576",
		prepare: good(first(func(e *index.Entry) { e.Description = strings.Repeat("x", 1<<20) })),
	}, {
		name: "an underscore in a plugin's name", by: byGenerate,
		message: "source/good_1 1.2.3: … windows/arm64",
		prepare: works("source_good_1"),
	}, {
		name: "a dot in the name of a binary without an archive", by: byGenerate,
		message: "source/good.1 1.2.3: … windows/arm64",
		prepare: works("source_good.1"),
	}, {
		name: "a slash at the end of --base-url", by: byGenerate, args: "--base-url https://example.com/v1/ --output -",
		message: "url: https://example.com/v1/source_good_",
		prepare: works("source_good"),
	}, {
		name: "checksums, signatures and SBOMs next to the artifacts", by: byGenerate,
		message: "source/good 1.2.3: … windows/arm64",
		prepare: func(r *release) {
			works("source_good")(r)
			for _, name := range []string{"checksums.txt", "source_good_windows_arm64.sig", "source_good_windows_arm64.sbom.json", "LICENSE"} {
				r.write(name, nil)
			}
		},
	}, {
		name: "a version with a +", by: byGenerate,
		message: "source/version-1.0.0+7 1.0.0+7: … windows/arm64",
		prepare: works("source_version-1.0.0+7"),
	}, {
		name: "a byte order mark and CRLF in the index", by: byValidate,
		message: "valid, 1 entry",
		prepare: func(r *release) {
			r.good()
			r.write("plugins-index.yaml", append([]byte("\ufeff"), bytes.ReplaceAll(r.read("plugins-index.yaml"), []byte("\n"), []byte("\r\n"))...))
		},
	}, {
		name: "YAML aliases in the index", by: byValidate,
		message: "valid, 1 entry",
		prepare: edit("description: X", "description: &x X\n  documentationUrl: https://example.com/\n  also: *x"),
	}, {
		name: "unknown keys in the index", by: byValidate,
		message: "valid, 1 entry",
		botkube: "ignores them", // newStoreRepositories
		prepare: edit("  name: x\n", "  name: x\n  homepage: y\n"),
	}, {
		name: "a published plugin for this machine", by: byVerify, plugin: "source_good",
		message: "(started)",
	}, {
		name: "a source that needs a configuration", by: byDist, plugin: "source_refuse-stream",
		message: "warning: source/refuse-stream 1.2.3 …: found a source that does not stream without a config",
	}, {
		name: "a debug build", by: byDist,
		message: "warning: source/x v1.0.0 linux/arm64: found a build without optimization (-gcflags all=-N -l)",
		botkube: "installs the slow and large build",
		prepare: func(r *release) {
			r.write("source_x_linux_arm64", bytes.ReplaceAll(goProgram(r.t, "arm64", "v1.2.30"),
				[]byte("-ldflags=-X=main.x=a"), []byte(`-gcflags="all=-N -l"`)))
			r.indexOf("source_x_linux_arm64", firstURL(func(a *index.Artifact) { a.Platform = index.Platform{OS: "linux", Arch: "arm64"} }))
		},
	}, {
		name: "several versions in one index", by: byDist,
		message: `warning: source/x: found version "v1.0.0" next to the newer "v1.1.0", want one version of each plugin`,
		botkube: "installs the newest, even if the configuration pins another", // loadPlugins
		prepare: good(another("v1.1.0")),
	}, {
		name: "a dependency without a checksum", by: byDist,
		message: "dependency helm: found no checksum, want the URL …?checksum=sha256:",
		botkube: "installs whatever the server sends",
		prepare: depends("helm.tar.gz", []member{{name: "helm", data: []byte("#!/bin/sh\n")}}),
	}, {
		name: "a dependency in a subdirectory of its archive", by: byDist,
		message: "ok   source/x v1.0.0 windows/arm64 dependency helm",
		prepare: depends("helm.tar.gz//linux-amd64", []member{{name: "linux-amd64/helm", data: []byte("#!/bin/sh\n")}, {name: "linux-amd64/LICENSE", data: []byte("MIT")}}),
	}, {
		name: "a redirect to the file", by: byVerify,
		message: "Botkube can install everything (1 file, 0 warnings)",
		prepare: published("moved"),
	}, {
		name: "a download that breaks off once", by: byVerify,
		message: "Botkube can install everything (1 file, 0 warnings)",
		botkube: "fails without a second try", // go-getter's HttpGetter.GetFile
		prepare: published("drops once"),
	}, {
		name: "a server that fails once", by: byVerify,
		message: "Botkube can install everything (1 file, 0 warnings)",
		botkube: "fails without a second try", // go-getter's HttpGetter.GetFile
		prepare: published("503 once"),
	}, {
		name: "a server that compresses unasked", by: byVerify,
		message: "Botkube can install everything (1 file, 0 warnings)",
		prepare: published("compressed"),
	},
}

// works prepares a release with a plugin for two platforms, one of them this machine's.
func works(name string) func(*release) {
	return func(r *release) {
		r.plugin(name)
		r.write(name+"_windows_arm64", program())
	}
}
