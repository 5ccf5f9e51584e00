package main

import (
	"archive/tar"
	"bytes"

	"botkube-plugins/internal/testplugin"
)

// What checkFirst… do stands in one place each.
const (
	botkubeNoStart  = "installs it; the start fails and with it the whole manager (`createGRPCClient`)"
	botkubeHangs    = "waits a minute for the handshake, then fails as a whole (`createGRPCClient`, go-plugin's StartTimeout)"
	botkubeAnyFile  = "installs whatever `getFirstFileInDirectory` takes, and fails at its start"
	botkubeNoIndex  = "is never asked: there is no index"
	botkubeRejects  = "rejects the whole index (`Index.Validate`)"
	botkubeNoUnpack = "fails to unpack (go-getter's `Decompress` in `downloadBinary`)"
)

// buildRows are mistakes in which files there are, and for which platform.
var buildRows = []row{
	{
		"nothing was built", byGenerate, "", "found no plugin in this directory", botkubeNoIndex,
		func(*release) {},
	}, {
		"nothing was built for this machine", byGenerate, "", "found artifacts for windows/arm64 only, want one for this machine", botkubeNoIndex,
		func(r *release) { r.write(artifactX, program()) },
	}, {
		"a darwin binary named linux", byGenerate, "",
		"source_good_linux_riscv64: found a Mach-O executable for darwin/arm64, want an executable for linux/riscv64", botkubeNoStart,
		func(r *release) {
			r.plugin("source_good")
			r.write("source_good_linux_riscv64", testplugin.Executable("darwin", "arm64", 5000))
		},
	}, {
		"an amd64 binary named arm64", byGenerate, "",
		"source_good_windows_arm64: found a PE executable for windows/amd64, want an executable for windows/arm64", botkubeNoStart,
		func(r *release) {
			r.plugin("source_good")
			r.write("source_good_windows_arm64", testplugin.Executable("windows", "amd64", 5000))
		},
	}, {
		"a script instead of a binary", byGenerate, "", `found a script ("#!/bin/sh"), want an executable for windows/arm64`,
		"installs and starts it; what happens is up to the script",
		func(r *release) { r.plugin("source_good"); r.write("source_good_windows_arm64", []byte("#!/bin/sh\n")) },
	}, {
		"an empty file", byGenerate, "", "found an empty file, want an executable for windows/arm64", botkubeNoStart,
		func(r *release) { r.plugin("source_good"); r.write("source_good_windows_arm64", nil) },
	}, {
		"two files for one platform", byGenerate, "",
		"found two files, source_good_windows_arm64 and source_good_windows_arm64.exe, want one binary for each plugin and platform",
		"uses the last, silently (`mapBinaryURLs`)",
		func(r *release) {
			r.plugin("source_good")
			r.write("source_good_windows_arm64", nil)
			r.write("source_good_windows_arm64.exe", nil)
		},
	}, {
		"a platform in uname's words", byGenerate, "", `source_good_linux_x86_64: found "x86/64", which is not a platform of Go`,
		"never finds it: it looks for its own GOOS/GOARCH (`ensurePluginDownloaded`)",
		func(r *release) { r.plugin("source_good"); r.write("source_good_linux_x86_64", nil) },
	}, {
		"a binary compressed with gzip alone", byGenerate, "", `found the suffix ".gz", which is no archive, so Botkube cannot install from it`,
		`fails: "can only unarchive to a single file" (go-getter's ` + "`GzipDecompressor`)",
		func(r *release) { r.plugin("source_good"); r.write("source_good_windows_arm64.gz", nil) },
	}, {
		"a plugin's name with @", byGenerate, "", "want a name without @, which Botkube takes for the start of the version",
		"looks for another plugin (`DecomposePluginKey`)",
		func(r *release) { r.plugin("source_good@home") },
	},
}

// archiveRows are mistakes in archives.
var archiveRows = []row{
	{
		"an archive with a LICENSE in it", byGenerate, "",
		`found LICENSE, a file that begins with "MIT License", which Botkube starts, want an executable for windows/arm64`,
		"takes the LICENSE for the plugin (`getFirstFileInDirectory`) and fails at its start",
		archive(member{name: "LICENSE", data: []byte("MIT License")}, member{name: artifactX, data: program()}),
	}, {
		"another program first in name order", byGenerate, "", "found a-helper, an ELF executable for linux/arm64, which Botkube starts", botkubeAnyFile,
		archive(member{name: artifactX, data: program()}, member{name: "a-helper", data: testplugin.Executable("linux", "arm64", 5000)}),
	}, {
		"the binary in a directory of the archive", byGenerate, "", "found an archive in which Botkube finds no plugin",
		"finds no file, renames the directory itself, and fails at its start (`downloadBinary`)",
		archive(member{name: "x/" + artifactX, data: program()}),
	}, {
		"a dot in the binary's name in the archive", byGenerate, "", "found an archive in which Botkube finds no plugin",
		"takes what follows the dot for an extension and skips the file (`getFirstFileInDirectory`)",
		archive(member{name: "source_my.x_windows_arm64", data: program()}),
	}, {
		"the archive of another platform", byGenerate, "", "found source_x_linux_arm64, an ELF executable for linux/arm64, which Botkube starts", botkubeNoStart,
		archive(member{name: "source_x_linux_arm64", data: testplugin.Executable("linux", "arm64", 5000)}),
	}, {
		"an archive older than the binary beside it", byGenerate, "", "which Botkube starts, with other bytes than source_x_windows_arm64",
		"installs the old one",
		func(r *release) {
			r.plugin("source_x")
			r.write(artifactX, append(bytes.Clone(program()), 1))
			r.tarball(artifactX+".tar.gz", member{name: artifactX, data: program()})
		},
	}, {
		"a symbolic link in the archive", byGenerate, "", "entry is neither a file nor a directory: " + artifactX,
		"installs an empty file (go-getter's `untar`) and fails at its start",
		archive(member{name: artifactX, kind: tar.TypeSymlink}),
	}, {
		"a hard link in the archive", byGenerate, "", "entry is a hard link: " + artifactX,
		"installs an empty file (go-getter's `untar`) and fails at its start",
		archive(member{name: artifactX, kind: tar.TypeLink}),
	}, {
		"a device file in the archive", byGenerate, "", "entry is neither a file nor a directory: " + artifactX,
		"installs an empty file (go-getter's `untar`) and fails at its start",
		archive(member{name: artifactX, kind: tar.TypeChar}),
	}, {
		"a path that climbs out of the archive", byGenerate, "", "entry contains '..': ../" + artifactX, botkubeNoUnpack,
		archive(member{name: "../" + artifactX, data: program()}),
	}, {
		"a zip bomb", byGenerate, "", `found "more than 2147483648 bytes" when it is unpacked`, "unpacks until the disk is full: it sets no limit (`downloadBinary`)",
		archive(member{name: "zeros.bin", data: make([]byte, 5000), size: 3 << 30}),
	}, {
		"an empty archive", byGenerate, "", `found "empty archive" when it is unpacked, want a .tar.gz archive that go-getter can unpack`, botkubeNoUnpack,
		archive(),
	}, {
		"a truncated archive", byGenerate, "", `found "unexpected EOF" when it is unpacked, want a .tar.gz archive that go-getter can unpack`, botkubeNoUnpack,
		func(r *release) {
			archive(member{name: artifactX, data: program()})(r)
			data := r.read(artifactX + ".tar.gz")
			r.write(artifactX+".tar.gz", data[:len(data)/2])
		},
	}, {
		"a suffix that is not the format", byGenerate, "", `found "gzip: invalid header" when it is unpacked, want a .tar.gz archive that go-getter can unpack`, botkubeNoUnpack,
		func(r *release) { r.plugin("source_x"); r.write(artifactX+".tar.gz", program()) },
	},
}

// archive makes a release of a plugin with one archive besides.
func archive(members ...member) func(*release) {
	return func(r *release) {
		r.plugin("source_x")
		r.tarball(artifactX+".tar.gz", members...)
	}
}

// pluginRows are mistakes that show when a plugin is started.
var pluginRows = []row{
	{
		"no version set by the linker", byGenerate, "", `version: found "dev", want a version such as v1.2.3`,
		"installs it, but any version if there are several (`byIndexEntryVersion`)", plugin1("source_dev"),
	}, {
		"a version that is not the tag's", byGenerate, "--expect-version 1.2.4", `version: found "1.2.3" in the plugin's metadata, want "1.2.4"`,
		"installs it under the wrong version", plugin1("source_good"),
	}, {
		"no description", byGenerate, "", "description: found nothing, want a description", "installs it; its own index builder refuses the plugin (`MetadataOutput.Validate`)",
		plugin1("source_no-description"),
	}, {
		"a dependency missing on one platform", byGenerate, "", `dependencies["kubectl"]: found nothing, want a URL for windows/arm64, since another platform has this dependency`,
		"fails to install on that platform (`ensurePluginDownloaded`)",
		func(r *release) {
			r.plugin("source_deps")
			r.write("source_deps_windows_arm64", program())
		},
	}, {
		"a schema that is not JSON", byGenerate, "", "jsonSchema.value: found \"interval: a duration\", want a JSON Schema in JSON", "installs it: it does not read schemas", plugin1("source_text-schema"),
	}, {
		"a schema that is not valid", byGenerate, "", `jsonSchema.value#/type: found "objekt", want what http://json-schema.org/draft-07/schema allows`,
		"installs it: it does not read schemas", plugin1("source_bad-schema"),
	}, {
		"a schema of a draft that it does not match", byGenerate, "", "jsonSchema.value#… want what http://json-schema.org/draft-04/schema allows",
		"installs it: it does not read schemas", plugin1("source_draft-schema"),
	}, {
		"metadata of three megabytes", byGenerate, "", "found grpc: received message larger than max (3145767 vs. 1048576), want metadata of at most 1048576 bytes",
		"does not ask for metadata; every agent loads the index whole", plugin1("source_big"),
	}, {
		"an executor named source", byGenerate, "", "found a plugin that answers as executor, want an answer to Metadata as a source gives it",
		"starts it, since it asks for nothing then (`createGRPCClient`); its first use is not shown", plugin1("source_other"),
	}, {
		"a plugin of protocol version 2", byGenerate, "", "incompatible API version with plugin. Plugin version: 2, Client versions: [3]", botkubeNoStart,
		plugin1("source_old-protocol"),
	}, {
		"a plugin that needs an environment variable to start", byGenerate, "", "    | CLUSTER is not set", botkubeNoStart + ", unless the agent happens to have the variable",
		plugin1("source_needs-env"),
	}, {
		"a program that is no plugin", byGenerate, "", "Unrecognized remote plugin message: hello, I am a plugin", botkubeNoStart, plugin1("source_garbage"),
	}, {
		"a plugin that crashes at its start", byGenerate, "", "and the plugin ended with exit status 3", botkubeNoStart, plugin1("source_crash"),
	}, {
		"a plugin that hangs at its start", byGenerate, "--timeout 3s", "found no connection within 3s after its start", botkubeHangs, plugin1("source_hang-start"),
	}, {
		"a plugin that hangs in Metadata", byGenerate, "--timeout 3s", "found no answer within 3s, want an answer to Metadata as a source gives it",
		"does not ask for metadata", plugin1("source_hang-metadata"),
	}, {
		"a plugin that crashes in Metadata", byGenerate, "", "    | panic: nil map of clusters", "does not ask for metadata", plugin1("source_crash-metadata"),
	}, {
		"a source that crashes when its stream is opened", byDist, "", "and the plugin ended with exit status 2, want a source that opens its stream or says why not",
		"installs and starts it; what follows the crash is not shown", generated("source_crash-stream"),
	}, {
		"an executor that hangs in Help", byDist, "--timeout 3s", "found no answer within 3s, want an answer to Help",
		"installs it; who asks for help gets none", generated("executor_hang-help"),
	},
}

func plugin1(name string) func(*release) { return func(r *release) { r.plugin(name) } }

// generated makes a release of one plugin with its index.
func generated(name string) func(*release) {
	return func(r *release) {
		r.plugin(name)
		r.generate()
	}
}
