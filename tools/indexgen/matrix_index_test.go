package main

import (
	"botkube-plugins/index"
)

// indexRows concern an index that another program wrote or that someone edited.
var indexRows = []row{
	{
		name: "an empty index", by: byValidate,
		message: "entries: found nothing, want at least one plugin",
		botkube: "finds no plugin", // loadPlugins
		prepare: text("entries: []\n"),
	}, {
		name: "an empty file", by: byValidate,
		message: "found nothing, want a YAML mapping with the key entries",
		botkube: "reads it as an index without plugins",
		prepare: text(""),
	}, {
		name: "an HTML page instead of an index", by: byValidate,
		message: "this looks like an HTML or XML page",
		botkube: "starts no plugin", // newStoreRepositories
		prepare: text("<!DOCTYPE html>\n<html><title>404: Not Found</title></html>\n"),
	}, {
		name: "a key that occurs twice", by: byValidate,
		message: `mapping key \"name\" already defined at line 3`,
		botkube: "starts no plugin", // newStoreRepositories
		prepare: edit("  name: x\n", "  name: x\n  name: y\n"),
	}, {
		name: "the same entry twice", by: byValidate,
		message: `version: found "v1.0.0", want another version: entries[0] has the same one`,
		botkube: botkubeRejects,
		prepare: good(func(ix *index.Index) { ix.Entries = append(ix.Entries, ix.Entries[0]) }),
	}, {
		name: "two spellings of one version", by: byValidate,
		message: "for the same one, and installs either",
		botkube: "installs either one", // byIndexEntryVersion
		prepare: good(another("1.0.0")),
	}, {
		name: "versions that differ only after the +", by: byValidate,
		message: "for the same one, and installs either",
		botkube: "installs either one", // byIndexEntryVersion
		prepare: good(another("v1.0.0+build.7")),
	}, {
		name: "an unknown type", by: byValidate,
		message: `type: found "plugin", want source or executor`,
		botkube: botkubeRejects,
		prepare: good(first(func(e *index.Entry) { e.Type = "plugin" })),
	}, {
		name: "no version", by: byValidate,
		message: "version: found nothing, want a version such as v1.2.3",
		botkube: botkubeRejects,
		prepare: good(first(func(e *index.Entry) { e.Version = "" })),
	}, {
		name: "a name that is a path", by: byValidate,
		message: `name: found "../x", want a plain file name`,
		botkube: "installs it in another directory", // loadPlugins
		prepare: good(first(func(e *index.Entry) { e.Name = "../x" })),
	}, {
		name: "two URLs for one platform", by: byValidate,
		message: `urls[1].platform: found "windows/arm64", want another platform`,
		botkube: "silently uses the last one", // mapBinaryURLs
		prepare: good(first(func(e *index.Entry) { e.URLs = append(e.URLs, e.URLs[0]) })),
	}, {
		name: "a double slash in the path of a URL", by: byValidate,
		message: "want no // in the path, which go-getter takes for the start of a subdirectory",
		botkube: "downloads the part before the //, discards it, and reports success", // go-getter's Client.Get
		fix:     "Remove the second slash.",
		prepare: edit("/"+artifactX, "//"+artifactX),
	}, {
		name: "a file name instead of a URL", by: byValidate,
		message: `urls[0].url: found "x.tar.gz", want an absolute http or https URL with a host`,
		botkube: "fails to download it", // downloadBinary
		prepare: good(firstURL(func(a *index.Artifact) { a.URL = "x.tar.gz" })),
	}, {
		name: "the URL of a single compressed file", by: byValidate,
		message: "want a program or an archive, since go-getter refuses to unpack a single compressed file",
		botkube: "fails to install it", // go-getter's GzipDecompressor
		prepare: edit(artifactX+".tar.gz", artifactX+".gz"),
	}, {
		name: "no checksum", by: byValidate,
		message: "urls[0].checksum: found nothing, want 64 hexadecimal digits",
		botkube: "starts whatever the server sends", // downloadBinary
		prepare: good(firstURL(func(a *index.Artifact) { a.Checksum = "" })),
	}, {
		name: "a checksum of another algorithm", by: byValidate,
		message: "urls[0].checksum: found …(40 characters), want 64 hexadecimal digits",
		botkube: "treats it as SHA-1 and rejects the file", // go-getter's newChecksumFromValue
		prepare: good(firstURL(func(a *index.Artifact) { a.Checksum = a.Checksum[:40] })),
	}, {
		name: "a dependency without a URL", by: byValidate,
		message: `dependencies["helm"].url: found nothing, want an absolute http or https URL`,
		botkube: botkubeRejects,
		prepare: good(firstURL(func(a *index.Artifact) { a.Dependencies = index.Dependencies{"helm": {}} })),
	},
}

// distRows concern an index that does not match the artifacts or dependencies.
var distRows = []row{
	{
		name: "the checksum of the signature", by: byDist,
		message: "found a file of … bytes with the SHA-256 …, as the index says",
		botkube: botkubeBadSum,
		prepare: good(firstURL(func(a *index.Artifact) { a.Checksum = sum([]byte("signature")) })),
	}, {
		name: "the checksum of the binary instead of the archive", by: byDist,
		message: "the checksum must be that of the archive, not of the binary in it",
		botkube: botkubeBadSum,
		fix:     "Use the SHA-256 of the file that the URL points to.",
		prepare: good(firstURL(func(a *index.Artifact) { a.Checksum = sum(program()) })),
	}, {
		name: "an index that is older than the build", by: byDist,
		message: "hint: the file was changed after the index was generated",
		botkube: botkubeBadSum,
		fix:     "Generate the index again after every build.",
		prepare: func(r *release) { r.good(); r.rebuild() },
	}, {
		name: "an index entry for a file that was not built", by: byDist,
		message: "no such file or directory\", want a file that can be downloaded",
		botkube: "fails to download it", // go-getter's HttpGetter.GetFile
		prepare: func(r *release) { r.good(firstURL(func(a *index.Artifact) { a.URL += "x" })) },
	}, {
		name: "a wrong platform in an entry", by: byDist,
		message: "a PE executable for windows/arm64, which Botkube starts, want an executable for windows/amd64",
		botkube: botkubeNoStart,
		prepare: good(firstURL(func(a *index.Artifact) { a.Platform.Arch = "amd64" })),
	}, {
		name: "different versions of a module on two platforms", by: byDist,
		message: `build information: found module version "v1.2.31", want "v1.2.30", as linux/arm64 has it`,
		botkube: "installs both",
		prepare: func(r *release) {
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
		name: "metadata that differs from the index", by: byDist,
		message: `version: found "1.2.3" in the plugin's metadata, want "1.2.4", as the index says`,
		botkube: "installs it, because it never calls Metadata",
		prepare: func(r *release) { r.plugin("source_good"); r.generate(); r.replace("version: 1.2.3", "version: 1.2.4") },
	}, {
		name: "a dependency that cannot be downloaded", by: byDist,
		message: `dependency helm: found the error "HTTP status 404 Not Found"`,
		botkube: "fails to install the plugin", // ensurePluginDownloaded
		fix:     "Correct the dependency's URL.",
		prepare: depends("none", nil),
	}, {
		name: "a dependency that is an error page", by: byDist,
		message: `dependency helm: found a file that begins with "<!DOCTYPE html>\n", want a program`,
		botkube: "installs the page, and the plugin fails when it runs the dependency",
		prepare: func(r *release) { depends("helm", nil)(r); r.fault("/deps/helm", "page") },
	}, {
		name: "a dependency with a wrong checksum", by: byDist,
		message: "dependency helm: found a file of 10 bytes with the checksum",
		botkube: "rejects the dependency", // go-getter's FileChecksum.checksum
		fix:     "Find out why the file changed, then update the checksum in the URL.",
		prepare: func(r *release) {
			r.write("deps/helm", []byte("#!/bin/sh\n"))
			depends("helm?checksum=sha256:"+sum(nil), nil)(r)
		},
	}, {
		name: "a dependency's archive without a file of its name", by: byDist,
		message: "dependency helm: found an archive without helm",
		botkube: "fails to install the plugin", // downloadBinary
		fix:     "Append //directory to the URL, with the directory in the archive that holds the program.",
		prepare: depends("helm.tar.gz", []member{{name: "linux-amd64/helm", data: []byte("#!/bin/sh\n")}}),
	}, {
		name: "a dependency's archive with two candidates", by: byDist,
		message: `dependency helm: found the directories linux-amd64, linux-arm64 in the archive, want one that matches "linux-*"`,
		botkube: "rejects the dependency", // go-getter's SubdirGlob
		prepare: depends("helm.tar.gz//linux-*", []member{{name: "linux-amd64/helm", data: []byte("#!/bin/sh\n")}, {name: "linux-arm64/helm", data: []byte("#!/bin/sh\n")}}),
	}, {
		name: "a dependency that is a hard link", by: byDist,
		message: "dependency helm: found helm, a link that go-getter does not create, in the archive",
		botkube: "installs an empty file", // go-getter's untar
		prepare: depends("helm.tar.gz", []member{{name: "helm", kind: '1'}}),
	},
}

// text prepares an index with this text.
func text(s string) func(*release) {
	return func(r *release) { r.write("plugins-index.yaml", []byte(s)) }
}

// good prepares a valid release and then changes its index.
func good(mutate ...func(*index.Index)) func(*release) {
	return func(r *release) { r.good(mutate...) }
}

// edit prepares a valid release and replaces a part of the text of its index.
func edit(old, text string) func(*release) {
	return func(r *release) {
		r.good()
		r.replace(old, text)
	}
}

// firstURL changes the first artifact of the first entry.
func firstURL(mutate func(*index.Artifact)) func(*index.Index) {
	return first(func(e *index.Entry) { mutate(&e.URLs[0]) })
}

// another adds a second version of the plugin.
func another(version string) func(*index.Index) {
	return func(ix *index.Index) {
		e := ix.Entries[0]
		e.Version = version
		ix.Entries = append(ix.Entries, e)
	}
}

// depends prepares a release with the dependency helm at a path below /deps. If members is not nil,
// helm.tar.gz holds them.
func depends(url string, members []member) func(*release) {
	return func(r *release) {
		if members != nil {
			r.tarball("deps/helm.tar.gz", members...)
		}
		r.good(firstURL(func(a *index.Artifact) { a.Dependencies = index.Dependencies{"helm": {URL: r.URL + "/deps/" + url}} }))
	}
}
