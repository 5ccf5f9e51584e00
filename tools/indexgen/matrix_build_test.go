package main

import (
	"archive/tar"
	"bytes"

	"botkube-plugins/internal/testplugin"
)

// Values of row.botkube for several rows. The comments name the function in Botkube or go-getter.
const (
	botkubeNoStart   = "installs it but fails to start it, and then starts no other plugin" // createGRPCClient
	botkubeRejects   = "rejects the entire index"                                           // Index.Validate
	botkubeNoUnpack  = "fails to unpack it"                                                 // go-getter's Decompress in downloadBinary
	botkubeEmptyFile = "installs an empty file and fails to start it"                       // go-getter's untar
	botkubeBadSum    = "rejects the file, because its checksum differs"                     // go-getter's FileChecksum.checksum
)

// buildRows concern which files exist, and for which platforms.
var buildRows = []row{
	{
		name: "nothing was built", by: byGenerate,
		message: "found no plugin in this directory",
		botkube: "has no index to read",
		fix:     "Build the plugins first, and point --dist at the directory that holds them.",
		prepare: func(*release) {},
	}, {
		name: "no plugin was built for the machine that runs indexgen", by: byGenerate,
		message: "found artifacts for windows/arm64 only, want one for this machine",
		botkube: "has no index to read",
		fix:     "Build for the machine that runs indexgen as well, because indexgen starts each plugin to ask for its metadata.",
		prepare: func(r *release) { r.write(artifactX, program()) },
	}, {
		name: "a macOS binary in a file named for Linux", by: byGenerate,
		message: "source_good_linux_riscv64: found a Mach-O executable for darwin/arm64, want an executable for linux/riscv64",
		botkube: botkubeNoStart,
		fix:     "Build with the GOOS and GOARCH that the file name states.",
		prepare: func(r *release) {
			r.plugin("source_good")
			r.write("source_good_linux_riscv64", testplugin.Executable("darwin", "arm64", 5000))
		},
	}, {
		name: "an amd64 binary in a file named for arm64", by: byGenerate,
		message: "source_good_windows_arm64: found a PE executable for windows/amd64, want an executable for windows/arm64",
		botkube: botkubeNoStart,
		prepare: func(r *release) {
			r.plugin("source_good")
			r.write("source_good_windows_arm64", testplugin.Executable("windows", "amd64", 5000))
		},
	}, {
		name: "a script instead of a binary", by: byGenerate,
		message: `found a script ("#!/bin/sh"), want an executable for windows/arm64`,
		botkube: "installs and starts the script",
		prepare: func(r *release) { r.plugin("source_good"); r.write("source_good_windows_arm64", []byte("#!/bin/sh\n")) },
	}, {
		name: "an empty binary", by: byGenerate,
		message: "found an empty file, want an executable for windows/arm64",
		botkube: botkubeNoStart,
		prepare: func(r *release) { r.plugin("source_good"); r.write("source_good_windows_arm64", nil) },
	}, {
		name: "two files for one platform", by: byGenerate,
		message: "found two files, source_good_windows_arm64 and source_good_windows_arm64.exe, want one binary for each plugin and platform",
		botkube: "silently uses the last one", // mapBinaryURLs
		fix:     "Delete the file that an earlier build left behind.",
		prepare: func(r *release) {
			r.plugin("source_good")
			r.write("source_good_windows_arm64", nil)
			r.write("source_good_windows_arm64.exe", nil)
		},
	}, {
		name: "a platform with a name that Go does not use", by: byGenerate,
		message: `source_good_linux_x86_64: found "x86/64", which is not a platform of Go`,
		botkube: "never finds the file, because it looks for its own GOOS and GOARCH", // ensurePluginDownloaded
		fix:     "Use Go's names for the platform, such as linux_amd64.",
		prepare: func(r *release) { r.plugin("source_good"); r.write("source_good_linux_x86_64", nil) },
	}, {
		name: "a gzip-compressed binary without an archive", by: byGenerate,
		message: `found the suffix ".gz", which is not an archive, so Botkube cannot install from it`,
		botkube: "fails to install it", // go-getter's GzipDecompressor
		fix:     "Pack the binary as .tar.gz, or publish it uncompressed.",
		prepare: func(r *release) { r.plugin("source_good"); r.write("source_good_windows_arm64.gz", nil) },
	}, {
		name: "an @ in a plugin's name", by: byGenerate,
		message: "want a name without @, which Botkube takes for the start of the version",
		botkube: "looks for another plugin", // DecomposePluginKey
		prepare: func(r *release) { r.plugin("source_good@home") },
	},
}

// archiveRows concern the contents of archives.
var archiveRows = []row{
	{
		name: "a LICENSE in the archive", by: byGenerate,
		message: `found LICENSE, a file that begins with "MIT License", which Botkube starts, want an executable for windows/arm64`,
		botkube: "mistakes the LICENSE for the plugin and fails to start it", // getFirstFileInDirectory
		fix:     "Leave the file out, or give it an extension, such as LICENSE.txt.",
		prepare: archive(member{name: "LICENSE", data: []byte("MIT License")}, member{name: artifactX, data: program()}),
	}, {
		name: "a second program that comes first by name", by: byGenerate,
		message: "found a-helper, an ELF executable for linux/arm64, which Botkube starts",
		botkube: "starts the other program", // getFirstFileInDirectory
		fix:     "Put only the plugin in the archive, and ship other programs as dependencies.",
		prepare: archive(member{name: artifactX, data: program()}, member{name: "a-helper", data: testplugin.Executable("linux", "arm64", 5000)}),
	}, {
		name: "the binary in a subdirectory of the archive", by: byGenerate,
		message: "found an archive in which Botkube finds no plugin",
		botkube: "mistakes the directory for the plugin and fails to start it", // downloadBinary
		fix:     "Put the binary at the top level of the archive.",
		prepare: archive(member{name: "x/" + artifactX, data: program()}),
	}, {
		name: "a dot in the name of an archived binary", by: byGenerate,
		message: "found an archive in which Botkube finds no plugin",
		botkube: "mistakes the part after the dot for an extension and skips the file", // getFirstFileInDirectory
		fix:     "Choose a name without a dot, or publish the binary without an archive.",
		prepare: archive(member{name: "source_my.x_windows_arm64", data: program()}),
	}, {
		name: "an archive with the binary of another platform", by: byGenerate,
		message: "found source_x_linux_arm64, an ELF executable for linux/arm64, which Botkube starts",
		botkube: botkubeNoStart,
		prepare: archive(member{name: "source_x_linux_arm64", data: testplugin.Executable("linux", "arm64", 5000)}),
	}, {
		name: "an archive that is older than the binary", by: byGenerate,
		message: "which Botkube starts, with other bytes than source_x_windows_arm64",
		botkube: "installs the old binary",
		fix:     "Delete the build directory and build again.",
		prepare: func(r *release) {
			r.plugin("source_x")
			r.write(artifactX, append(bytes.Clone(program()), 1))
			r.tarball(artifactX+".tar.gz", member{name: artifactX, data: program()})
		},
	}, {
		name: "a symbolic link in the archive", by: byGenerate,
		message: artifactX + ", a link that go-getter does not create, which Botkube starts",
		botkube: botkubeEmptyFile,
		prepare: archive(member{name: artifactX, kind: tar.TypeSymlink}),
	}, {
		name: "a hard link in the archive", by: byGenerate,
		message: artifactX + ", a link that go-getter does not create, which Botkube starts",
		botkube: botkubeEmptyFile,
		prepare: archive(member{name: artifactX, kind: tar.TypeLink}),
	}, {
		name: "a device file in the archive", by: byGenerate,
		message: artifactX + ", an empty file, which Botkube starts",
		botkube: botkubeEmptyFile,
		prepare: archive(member{name: artifactX, kind: tar.TypeChar}),
	}, {
		name: "a path that leads out of the archive", by: byGenerate,
		message: "entry contains '..': ../" + artifactX,
		botkube: botkubeNoUnpack,
		prepare: archive(member{name: "../" + artifactX, data: program()}),
	}, {
		name: "a zip bomb", by: byGenerate,
		message: `found more than 2147483648 bytes when it is unpacked`,
		botkube: "unpacks it until the disk is full", // downloadBinary, which sets no limit
		prepare: archive(member{name: "zeros.bin", data: make([]byte, 5000), size: 3 << 30}),
	}, {
		name: "an empty archive", by: byGenerate,
		message: `found "empty archive" when it is unpacked, want a .tar.gz archive that go-getter can unpack`,
		botkube: botkubeNoUnpack,
		prepare: archive(),
	}, {
		name: "a truncated archive", by: byGenerate,
		message: `found "unexpected EOF" when it is unpacked, want a .tar.gz archive that go-getter can unpack`,
		botkube: botkubeNoUnpack,
		prepare: func(r *release) { archive(member{name: artifactX, data: program()})(r); r.truncate() },
	}, {
		name: "a suffix that does not match the format", by: byGenerate,
		message: `found "gzip: invalid header" when it is unpacked, want a .tar.gz archive that go-getter can unpack`,
		botkube: botkubeNoUnpack,
		prepare: func(r *release) { r.plugin("source_x"); r.write(artifactX+".tar.gz", program()) },
	},
}

// archive prepares a release with a plugin and one archive.
func archive(members ...member) func(*release) {
	return func(r *release) {
		r.plugin("source_x")
		r.tarball(artifactX+".tar.gz", members...)
	}
}

// pluginRows concern the metadata and the behavior of a plugin that runs.
var pluginRows = []row{
	{
		name: "no version set at build time", by: byGenerate, plugin: "source_dev",
		message: `version: found "dev", want a version such as v1.2.3`,
		botkube: "installs any one of several versions", // byIndexEntryVersion
		fix:     `Set the version when you build, for example with -ldflags "-X main.version=v1.2.3".`,
	}, {
		name: "a version that differs from the release tag", by: byGenerate, args: "--expect-version 1.2.4", plugin: "source_good",
		message: `version: found "1.2.3" in the plugin's metadata, want "1.2.4"`,
		botkube: "installs it under the wrong version",
		fix:     "Check out the release tag and build again.",
	}, {
		name: "no description", by: byGenerate, plugin: "source_no-description",
		message: "description: found nothing, want a description",
		botkube: "installs a plugin that its own index builder rejects", // MetadataOutput.Validate
		fix:     "Return a description from Metadata.",
	}, {
		name: "a dependency without a URL for one platform", by: byGenerate,
		message: `dependencies["kubectl"]: found nothing, want a URL for windows/arm64, since another platform has this dependency`,
		botkube: "fails to install the plugin on that platform", // ensurePluginDownloaded
		fix:     "Add the dependency's URL for that platform in Metadata.",
		prepare: func(r *release) {
			r.plugin("source_deps")
			r.write("source_deps_windows_arm64", program())
		},
	}, {
		name: "a bundled dependency that was not built for one platform", by: byGenerate, args: "--dependency tool=tool_{os}_{arch}",
		message: `dependencies["tool"]: found no file tool_windows_arm64, want one for each platform of the plugin`,
		botkube: "fails to install the plugin on that platform", // ensurePluginDownloaded
		fix:     "Build the dependency for every platform of the plugin.",
		prepare: func(r *release) {
			r.plugin("source_good")
			r.write("source_good_windows_arm64", program())
			r.write("tool_"+host, []byte("#!/bin/sh\n"))
		},
	}, {
		name: "a bundled dependency that the metadata takes from elsewhere", by: byGenerate, args: "--dependency kubectl=kubectl",
		message: `dependencies["kubectl"].url: found "https://example.com/…kubectl" in the plugin's metadata, want "http://…kubectl?checksum=sha256:…", as --dependency says`,
		botkube: "installs the file at the URL in the metadata, whatever it is",
		fix:     "Remove the dependency from Metadata, or from the command line.",
		prepare: func(r *release) { r.plugin("source_deps"); r.write("kubectl", []byte("#!/bin/sh\n")) },
	}, {
		name: "a schema that is not JSON", by: byGenerate, plugin: "source_text-schema",
		message: "jsonSchema.value: found \"interval: a duration\", want a JSON Schema in JSON",
		botkube: "installs it without reading the schema",
	}, {
		name: "an invalid JSON Schema", by: byGenerate, plugin: "source_bad-schema",
		message: `jsonSchema.value#/type: found "objekt", want what http://json-schema.org/draft-07/schema allows`,
		botkube: "installs it without reading the schema",
		fix:     "Correct the schema at the place that follows the # in the message.",
	}, {
		name: "a schema that does not match the draft it names", by: byGenerate, plugin: "source_draft-schema",
		message: "jsonSchema.value#… want what http://json-schema.org/draft-04/schema allows",
		botkube: "installs it without reading the schema",
	}, {
		name: "metadata of three megabytes", by: byGenerate, plugin: "source_big",
		message: "found grpc: received message larger than max (3145767 vs. 1048576), want metadata of at most 1048576 bytes",
		botkube: "installs it, and every agent loads the large index",
	}, {
		name: "an executor in a file named source", by: byGenerate, plugin: "source_other",
		message: "found a plugin that answers as executor, want a source's answer to Metadata",
		botkube: "starts it, but every call fails", // createGRPCClient, which calls nothing
		fix:     "Rename the file, or serve a source in the main function.",
	}, {
		name: "a plugin of protocol version 2", by: byGenerate, plugin: "source_old-protocol",
		message: "incompatible API version with plugin. Plugin version: 2, Client versions: [3]",
		botkube: botkubeNoStart,
	}, {
		name: "a plugin that exits because an environment variable is missing", by: byGenerate, plugin: "source_needs-env",
		message: "| CLUSTER is not set",
		botkube: botkubeNoStart,
		fix:     "Start without the variable, and return an error from Stream or Execute instead.",
	}, {
		name: "a program that is not a plugin, or prints before it serves", by: byGenerate, plugin: "source_garbage",
		message: "Unrecognized remote plugin message: hello, I am a plugin",
		botkube: botkubeNoStart,
		fix:     "Call source.Serve or executor.Serve first, and print nothing to standard output.",
	}, {
		name: "a plugin that crashes when it starts", by: byGenerate, plugin: "source_crash",
		message: "and the plugin ended with exit status 3",
		botkube: botkubeNoStart,
		fix:     "Fix the crash; the lines below the message are the plugin's own output.",
	}, {
		name: "a plugin that hangs when it starts", by: byGenerate, args: "--timeout 3s", plugin: "source_hang-start",
		message: "found no connection within 3s after its start",
		botkube: "waits a minute, then starts no plugin at all", // createGRPCClient, go-plugin's StartTimeout
	}, {
		name: "a plugin that hangs in Metadata", by: byGenerate, args: "--timeout 3s", plugin: "source_hang-metadata",
		message: "found no answer within 3s, want a source's answer to Metadata",
		botkube: "installs it, because it never calls Metadata",
	}, {
		name: "a plugin that crashes in Metadata", by: byGenerate, plugin: "source_crash-metadata",
		message: "    | panic: nil map of clusters",
		botkube: "installs it, because it never calls Metadata",
	}, {
		name: "a source that crashes when its stream is opened", by: byDist, plugin: "source_crash-stream",
		message: "and the plugin ended with exit status 2, want a source that opens its stream or says why not",
		botkube: "installs and starts it, until it crashes",
	}, {
		name: "an executor that hangs in Help", by: byDist, args: "--timeout 3s", plugin: "executor_hang-help",
		message: "found no answer within 3s, want an answer to Help",
		botkube: "installs it, but users get no help text",
	},
}
