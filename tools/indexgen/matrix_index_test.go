package main

import (
	"bytes"
	"strings"

	"botkube-plugins/index"
)

// indexRows are mistakes in an index that something else made, or somebody changed.
var indexRows = []row{
	{
		"an empty index", byValidate, "", "entries: found nothing, want at least one plugin", "finds no plugin (`loadPlugins`)",
		text("entries: []\n"),
	}, {
		"an empty file", byValidate, "", "found nothing, want a YAML mapping with the key entries", "takes it for an index without plugins",
		text(""),
	}, {
		"a page instead of the index", byValidate, "", "this looks like an HTML or XML page", "fails as a whole (`newStoreRepositories`)",
		text("<!DOCTYPE html>\n<html><title>404: Not Found</title></html>\n"),
	}, {
		"a key that occurs twice", byValidate, "", `mapping key \"name\" already defined at line 3`, "fails as a whole (`newStoreRepositories`)",
		edit("  name: x\n", "  name: x\n  name: y\n"),
	}, {
		"an index of more than 1 MB", byValidate, "", "found … bytes, want at most 1048576", "loads it, within its client's 30 seconds, into every agent",
		good(first(func(e *index.Entry) { e.Description = strings.Repeat("x", 1<<20) })),
	}, {
		"the same entry twice", byValidate, "", `version: found "v1.0.0", want another version: entries[0] has the same one`, botkubeRejects,
		good(func(ix *index.Index) { ix.Entries = append(ix.Entries, ix.Entries[0]) }),
	}, {
		"versions that are equal, as v1.0.0 and 1.0.0", byValidate, "", "for the same one, and installs either", "installs either (`byIndexEntryVersion`)",
		good(another("1.0.0")),
	}, {
		"versions that differ after a + only", byValidate, "", "for the same one, and installs either", "installs either (`byIndexEntryVersion`)",
		good(another("v1.0.0+build.7")),
	}, {
		"an unknown type", byValidate, "", `type: found "plugin", want source or executor`, botkubeRejects,
		good(first(func(e *index.Entry) { e.Type = "plugin" })),
	}, {
		"no version", byValidate, "", "version: found nothing, want a version such as v1.2.3", botkubeRejects,
		good(first(func(e *index.Entry) { e.Version = "" })),
	}, {
		"a name that is a path", byValidate, "", `name: found "../x", want a plain file name`, "installs it elsewhere (`loadPlugins`)",
		good(first(func(e *index.Entry) { e.Name = "../x" })),
	}, {
		"two URLs for one platform", byValidate, "", `urls[1].platform: found "windows/arm64", want another platform`, "uses the last, silently (`mapBinaryURLs`)",
		good(first(func(e *index.Entry) { e.URLs = append(e.URLs, e.URLs[0]) })),
	}, {
		"a slash too many in the base URL of another tool", byValidate, "", "want no // in the path, which go-getter takes for the start of a subdirectory",
		"downloads what is before the //, throws it away, and reports success (go-getter's `Client.Get`)",
		edit("/"+artifactX, "//"+artifactX),
	}, {
		"a file name instead of a URL", byValidate, "", `urls[0].url: found "x.tar.gz", want an absolute http or https URL with a host`, "cannot download it (`downloadBinary`)",
		good(firstURL(func(a *index.Artifact) { a.URL = "x.tar.gz" })),
	}, {
		"the URL of a single compressed file", byValidate, "", "want a program or an archive, since go-getter refuses to unpack a single compressed file",
		"fails: \"can only unarchive to a single file\" (go-getter's `GzipDecompressor`)",
		edit(artifactX+".tar.gz", artifactX+".gz"),
	}, {
		"no checksum", byValidate, "", "urls[0].checksum: found nothing, want 64 hexadecimal digits", "starts whatever the server answers (`downloadBinary`)",
		good(firstURL(func(a *index.Artifact) { a.Checksum = "" })),
	}, {
		"a checksum of another algorithm", byValidate, "", "urls[0].checksum: found …(40 characters), want 64 hexadecimal digits", "compares it as SHA-1 (go-getter's `newChecksumFromValue`), and fails",
		good(firstURL(func(a *index.Artifact) { a.Checksum = a.Checksum[:40] })),
	}, {
		"a dependency without a URL", byValidate, "", `dependencies["helm"].url: found nothing, want an absolute http or https URL`, botkubeRejects,
		good(firstURL(func(a *index.Artifact) { a.Dependencies = index.Dependencies{"helm": {}} })),
	},
}

// distRows are mistakes in how the index and the artifacts go together.
var distRows = []row{
	{
		"the checksum of the signature", byDist, "", "found a file of … bytes with the SHA-256 …, as the index says", botkubeSum,
		good(firstURL(func(a *index.Artifact) { a.Checksum = sum([]byte("signature")) })),
	}, {
		"the checksum of the binary instead of the archive", byDist, "", "hint: that is the checksum of the binary in the archive; it must be the archive's own", botkubeSum,
		good(firstURL(func(a *index.Artifact) { a.Checksum = sum(program()) })),
	}, {
		"an index written before the last rebuild", byDist, "", "hint: the file was changed after the index was generated", botkubeSum,
		func(r *release) {
			r.good()
			r.tarball(artifactX+".tar.gz", member{name: artifactX, data: append(bytes.Clone(program()), 1)})
		},
	}, {
		"an artifact that was not built", byDist, "", "no such file or directory\", want a file that can be downloaded", "fails to download it: status 404 (go-getter's `HttpGetter.GetFile`)",
		func(r *release) { r.good(firstURL(func(a *index.Artifact) { a.URL += "x" })) },
	}, {
		"the wrong platform in an entry", byDist, "", "a PE executable for windows/arm64, which Botkube starts, want an executable for windows/amd64", botkubeNoStart,
		good(firstURL(func(a *index.Artifact) { a.Platform.Arch = "amd64" })),
	}, {
		"platforms of different versions", byDist, "", `build information: found module version "v1.2.31", want "v1.2.30", as linux/arm64 has it`, "installs them: what works on one platform need not on the other",
		func(r *release) {
			r.write("source_x_linux_arm64", goProgram(r.t, "arm64", "v1.2.30"))
			r.write("source_x_linux_riscv64", goProgram(r.t, "riscv64", "v1.2.31"))
			r.indexOf("source_x_linux_arm64", first(func(e *index.Entry) {
				e.URLs[0].Platform = index.Platform{OS: "linux", Arch: "arm64"}
				file := "source_x_linux_riscv64"
				e.URLs = append(e.URLs, index.Artifact{
					URL: r.URL + "/" + file, Checksum: sum(r.read(file)), Platform: index.Platform{OS: "linux", Arch: "riscv64"},
				})
			}))
		},
	}, {
		"metadata that differs from the index", byDist, "", `version: found "1.2.3" in the plugin's metadata, want "1.2.4", as the index says`, "installs it: it does not ask for metadata",
		func(r *release) { generated("source_good")(r); r.replace("version: 1.2.3", "version: 1.2.4") },
	}, {
		"a dependency that is not there", byDist, "", `dependency helm: found the error "HTTP status 404 Not Found"`, "fails to install the plugin (`ensurePluginDownloaded`)",
		depends("none", nil),
	}, {
		"a dependency that is an error page", byDist, "", `dependency helm: found a file that begins with "<!DOCTYPE html>\n", want a program`, "installs the page; the plugin fails when it needs the program",
		func(r *release) { depends("helm", nil)(r); r.fault("/helm", "page") },
	}, {
		"a dependency with another checksum", byDist, "", "dependency helm: found a file of 10 bytes with the checksum", "refuses it (go-getter's `FileChecksum.checksum`)",
		func(r *release) {
			r.write("helm", []byte("#!/bin/sh\n"))
			depends("helm?checksum=sha256:"+sum(nil), nil)(r)
		},
	}, {
		"a dependency's archive without the file", byDist, "", "dependency helm: found an archive without helm", "fails at renaming what is not there (`downloadBinary`)",
		depends("helm.tar.gz", []member{{name: "linux-amd64/helm", data: []byte("#!/bin/sh\n")}}),
	}, {
		"a dependency's archive with two candidates", byDist, "", `dependency helm: found the directories linux-amd64, linux-arm64 in the archive, want one that matches "linux-*"`,
		"refuses to choose (go-getter's `SubdirGlob`)",
		depends("helm.tar.gz//linux-*", []member{{name: "linux-amd64/helm", data: []byte("#!/bin/sh\n")}, {name: "linux-arm64/helm", data: []byte("#!/bin/sh\n")}}),
	}, {
		"a dependency that is a hard link", byDist, "", "entry is a hard link: helm", "installs an empty file (go-getter's `untar`)",
		depends("helm.tar.gz", []member{{name: "helm", kind: '1'}}),
	},
}

const botkubeSum = "refuses it: checksums did not match (go-getter's `FileChecksum.checksum`)"

func text(s string) func(*release) {
	return func(r *release) { r.write("plugins-index.yaml", []byte(s)) }
}

func good(mutate ...func(*index.Index)) func(*release) {
	return func(r *release) { r.good(mutate...) }
}

func edit(old, text string) func(*release) {
	return func(r *release) {
		r.good()
		r.replace(old, text)
	}
}

// firstURL changes the first artifact.
func firstURL(mutate func(*index.Artifact)) func(*index.Index) {
	return first(func(e *index.Entry) { mutate(&e.URLs[0]) })
}

// another adds the same plugin in another version.
func another(version string) func(*index.Index) {
	return func(ix *index.Index) {
		e := ix.Entries[0]
		e.Version = version
		ix.Entries = append(ix.Entries, e)
	}
}

// depends makes a release with the dependency helm at a URL, which may be an archive.
func depends(url string, members []member) func(*release) {
	return func(r *release) {
		if members != nil {
			r.tarball("helm.tar.gz", members...)
		}
		r.good(firstURL(func(a *index.Artifact) { a.Dependencies = index.Dependencies{"helm": {URL: r.URL + "/" + url}} }))
	}
}

// publishedRows are mistakes of the place where a release is published.
var publishedRows = []row{
	{
		"an asset that was not uploaded", byVerify, "", `found the error "HTTP status 404 Not Found", want a file that can be downloaded`,
		"fails: bad response code: 404 (go-getter's `HttpGetter.GetFile`)", published("404"),
	}, {
		"an asset that is not public", byVerify, "", `found the error "HTTP status 403 Forbidden", want a file that can be downloaded`,
		"fails: bad response code: 403 (go-getter's `HttpGetter.GetFile`); its `headers` go with the index only (`fetchIndex`)", published("403"),
	}, {
		"an asset that wants the index's token", byVerify, "--header Authorization:Bearer", `found the error "HTTP status 401 Unauthorized", want a file that can be downloaded`,
		"fails: bad response code: 401 (go-getter's `HttpGetter.GetFile`)", published("token"),
	}, {
		"an error page with status 200", byVerify, "", "hint: the server answered with an HTML page; check that the URL is public and leads to the raw file", botkubeSum, published("page"),
	}, {
		"a truncated upload", byVerify, "", `found "unexpected EOF" when it is unpacked`, botkubeSum,
		func(r *release) {
			r.good()
			data := r.read(artifactX + ".tar.gz")
			r.write(artifactX+".tar.gz", data[:len(data)/2])
		},
	}, {
		"an asset that was replaced", byVerify, "", "hint: the file was changed after the index was generated", botkubeSum,
		func(r *release) {
			r.good()
			r.tarball(artifactX+".tar.gz", member{name: artifactX, data: append(bytes.Clone(program()), 1)})
		},
	}, {
		"a download that breaks off each time", byVerify, "", `found the error "EOF", want a file that can be downloaded`,
		"fails, without another try (go-getter's `HttpGetter.GetFile`)", published("no bytes"),
	}, {
		"a server that fails for good", byVerify, "", `found the error "HTTP status 503 Service Unavailable"`,
		"fails: bad response code: 503 (go-getter's `HttpGetter.GetFile`)", published("503"),
	}, {
		"a server that never answers", byVerify, "--request-timeout 500ms", `found the error "no complete answer within 500ms"`,
		"waits without end: it sets no timeout for files (`downloadBinary`)", published("hangs"),
	}, {
		"a redirect loop", byVerify, "", `found the error "more than 10 redirects"`, "fails: stopped after 10 redirects (Go's `net/http`)", published("loop"),
	}, {
		"an archive served as compressed content", byVerify, "", `found "gzip: invalid header" when it is unpacked`,
		"sees the file decompressed once more, so that the checksum is another (Go's `net/http`)", published("gzip"),
	}, {
		"an index that is not there", byVerify, "", `index: found the error "HTTP status 404 Not Found", want an index that can be downloaded`,
		"fails as a whole: incorrect status code: 404 (`fetchIndex`)", func(*release) {},
	}, {
		"an index that wants a token", byVerify, "", "hint: send Botkube's headers with --header",
		"fails as a whole: incorrect status code: 401 (`fetchIndex`), unless `headers` are set",
		func(r *release) { r.good(); r.fault("/plugins-index.yaml", "token") },
	}, {
		"the page around an index", byVerify, "", "this looks like an HTML or XML page; check that the URL is public and leads to the raw file",
		"fails as a whole (`newStoreRepositories`)", func(r *release) { r.good(); r.fault("/plugins-index.yaml", "page") },
	},
}

// published makes a release whose archive the server serves with a fault.
func published(fault string) func(*release) {
	return func(r *release) {
		r.good()
		r.fault("/"+artifactX+".tar.gz", fault)
	}
}

// workingRows look broken and are not.
var workingRows = []row{
	{
		"an underscore in a plugin's name", byGenerate, "", "source/good_1 1.2.3: … windows/arm64", "installs it", works("source_good_1"),
	}, {
		"a dot in the name of a binary without an archive", byGenerate, "", "source/good.1 1.2.3: … windows/arm64", "installs it", works("source_good.1"),
	}, {
		"a slash at the end of --base-url", byGenerate, "--base-url https://example.com/v1/ --output -", "url: https://example.com/v1/source_good_",
		"installs it, as the slash is not doubled", works("source_good"),
	}, {
		"checksums, signatures and SBOMs beside the artifacts", byGenerate, "", "source/good 1.2.3: … windows/arm64", "installs it",
		func(r *release) {
			works("source_good")(r)
			for _, name := range []string{"checksums.txt", "source_good_windows_arm64.sig", "source_good_windows_arm64.sbom.json", "LICENSE"} {
				r.write(name, nil)
			}
		},
	}, {
		"a version with a +", byGenerate, "", "source/version-1.0.0+7 1.0.0+7: … windows/arm64", "installs it", works("source_version-1.0.0+7"),
	}, {
		"a byte order mark and CRLF in the index", byValidate, "", "valid, 1 entry", "reads it",
		func(r *release) {
			r.good()
			r.write("plugins-index.yaml", append([]byte("\ufeff"), bytes.ReplaceAll(r.read("plugins-index.yaml"), []byte("\n"), []byte("\r\n"))...))
		},
	}, {
		"YAML aliases in the index", byValidate, "", "valid, 1 entry", "reads it", edit("description: X", "description: &x X\n  documentationUrl: https://example.com/\n  also: *x"),
	}, {
		"unknown keys in the index", byValidate, "", "valid, 1 entry", "ignores them (`newStoreRepositories`)", edit("  name: x\n", "  name: x\n  homepage: y\n"),
	}, {
		"a plugin for this machine, published", byVerify, "", "(started)", "installs and starts it", generated("source_good"),
	}, {
		"a source that wants a config", byDist, "", "warning: source/refuse-stream 1.2.3 …: found a source that does not stream without a config", "installs it",
		generated("source_refuse-stream"),
	}, {
		"a debug build", byDist, "", "warning: source/x v1.0.0 linux/arm64: found a build without optimization (-gcflags all=-N -l)", "installs it; it is slow and large",
		func(r *release) {
			r.write("source_x_linux_arm64", bytes.ReplaceAll(goProgram(r.t, "arm64", "v1.2.30"),
				[]byte("-ldflags=-X=main.x=a"), []byte(`-gcflags="all=-N -l"`)))
			r.indexOf("source_x_linux_arm64", firstURL(func(a *index.Artifact) { a.Platform = index.Platform{OS: "linux", Arch: "arm64"} }))
		},
	}, {
		"several versions in one index", byDist, "", `warning: source/x: found version "v1.0.0" beside the newer "v1.1.0", want one version of each plugin`,
		"installs the newest, even if another is pinned (`loadPlugins`)", good(another("v1.1.0")),
	}, {
		"a dependency without a checksum", byDist, "", "dependency helm: found no checksum, want the URL …?checksum=sha256:", "installs whatever is there",
		depends("helm.tar.gz", []member{{name: "helm", data: []byte("#!/bin/sh\n")}}),
	}, {
		"a dependency in a directory of its archive", byDist, "", "ok   source/x v1.0.0 windows/arm64 dependency helm", "installs it",
		depends("helm.tar.gz//linux-amd64", []member{{name: "linux-amd64/helm", data: []byte("#!/bin/sh\n")}, {name: "linux-amd64/LICENSE", data: []byte("MIT")}}),
	}, {
		"a redirect to where the file is", byVerify, "", "Botkube can install everything (1 file, 0 warnings)", "follows it", published("moved"),
	}, {
		"a download that breaks off once", byVerify, "", "Botkube can install everything (1 file, 0 warnings)", "fails at this try (go-getter's `HttpGetter.GetFile`); the next is not shown", published("drops once"),
	}, {
		"a server that is busy at first", byVerify, "", "Botkube can install everything (1 file, 0 warnings)", "fails at this try (go-getter's `HttpGetter.GetFile`); the next is not shown", published("503 once"),
	}, {
		"a server that compresses without being asked", byVerify, "", "Botkube can install everything (1 file, 0 warnings)", "sees the file in plain", published("compressed"),
	},
}

// works makes a release of a plugin for this machine and another.
func works(name string) func(*release) {
	return func(r *release) {
		r.plugin(name)
		r.write(name+"_windows_arm64", program())
	}
}
