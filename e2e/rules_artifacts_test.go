package e2e_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kubeshop/botkube/pkg/plugin"
)

// artifact is a change to the artifact for this machine.
func artifact(change func(a *plugin.IndexURL)) func(*plugin.Index) {
	return entry(func(e *plugin.IndexEntry) { change(&e.URLs[0]) })
}

// url is a change to the URL of the artifact for this machine.
func url(change func(url string) string) func(*plugin.Index) {
	return artifact(func(a *plugin.IndexURL) { a.URL = change(a.URL) })
}

// sum returns the checksum of a file.
func sum(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }

func gz(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(content)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var (
	urlField      = []string{"urls[0].url"}
	checksumField = []string{"urls[0].checksum"}
)

var rejectedArtifacts = []rule{
	{
		name: "no URL", change: url(func(string) string { return "" }), fields: urlField,
		reason: "there is nothing to download", shown: fails("checksum cannot be specified for directory download"),
	},
	{
		name: "URL without scheme", change: url(func(u string) string { return strings.TrimPrefix(u, "http://") }), fields: urlField,
		reason: "go-getter guesses what it may be", shown: fails("first path segment in URL cannot contain colon"),
	},
	{
		name: "file: URL with a host", change: fileURL("file://localhost", ".tar.zst"), fields: urlField,
		reason: "go-getter ignores the host", shown: starts,
	},
	{
		name: "file: URL with a needless escape", change: url(func(string) string { return "file:///dist/ticker%2C1" }), fields: urlField,
		reason: "go-getter does not decode it", shown: fails("stat /dist/ticker%2C1: no such file"),
	},
	{
		name: "// in a file: URL", change: url(func(string) string { return "file:///dist//ticker" }), fields: urlField,
		reason: "go-getter takes the file for a directory", shown: fails("stat /dist: no such file"),
	},
	{
		name: "// in the URL", change: url(func(u string) string { return strings.Replace(u, "/source_", "//source_", 1) }), fields: urlField,
		reason: "go-getter downloads what is before it", shown: fails("Checksums did not match"),
	},
	{
		name: "URL of a directory", change: url(func(u string) string { return u + "/" }), fields: urlField,
		reason: "go-getter wants to download a directory, not a file", shown: fails("checksum cannot be specified for directory download"),
	},
	{
		name: "single compressed file", publish: func(t *testing.T, s *site, ix *plugin.Index) {
			a := &ix.Entries[0].URLs[0]
			compressed := gz(t, readDist(t, hostFile("source", "ticker", "")))
			a.URL, a.Checksum = s.put("ticker.gz", compressed), sum(compressed)
		}, fields: urlField,
		reason: "go-getter does not unpack it", shown: fails("can only unarchive to a single file"),
	},
	{
		name: "archive that is not unpacked", change: url(func(u string) string { return u + "?archive=false" }), fields: urlField,
		reason: "Botkube installs a directory", shown: fails("permission denied"),
	},
	{
		name: "archive that is none by name", publish: func(t *testing.T, s *site, ix *plugin.Index) {
			ix.Entries[0].URLs[0].URL = s.put("ticker", readDist(t, hostFile("source", "ticker", ".tar.zst"))) + "?archive=tar.zst"
		}, fields: urlField,
		reason: "go-getter unpacks it, but Botkube looks for a file under a different name", shown: fails("while renaming binary"),
	},
	{
		name: "port that does not exist", change: url(func(string) string { return "http://127.0.0.1:65536/ticker" }), fields: urlField,
		reason: "no server can be there", shown: fails("invalid port"),
	},
	{
		name: "query that Go cannot parse", change: url(func(u string) string { return u + "?a;b" }), fields: urlField,
		reason: "Botkube drops what cannot be parsed, and asks for another file than was meant",
	},
	{
		name: "no checksum", publish: func(t *testing.T, s *site, ix *plugin.Index) {
			s.put(hostFile("source", "ticker", ".tar.zst"), readDist(t, hostFile("source", "forwarder", ".tar.zst")))
			ix.Entries[0].URLs[0].Checksum = ""
		}, fields: checksumField,
		reason: "Botkube starts whatever the server answers", shown: startsAnother,
	},
	{
		name: "checksum of another length", change: artifact(func(a *plugin.IndexURL) { a.Checksum = a.Checksum[:63] }), fields: checksumField,
		reason: "go-getter cannot read it", shown: fails("invalid checksum"),
	},
	{
		name: "checksum of another kind", change: artifact(func(a *plugin.IndexURL) { a.Checksum = a.Checksum[:40] }), fields: checksumField,
		reason: "go-getter takes it for a SHA-1", shown: fails("Checksums did not match"),
	},
	{
		name: "checksum that is no number", change: artifact(func(a *plugin.IndexURL) { a.Checksum = strings.Repeat("x", 64) }), fields: checksumField,
		reason: "go-getter cannot read it", shown: fails("invalid checksum"),
	},
	{
		name: "unknown platform", change: artifact(func(a *plugin.IndexURL) { a.Platform.Arch = "x86_64" }), fields: []string{"urls[0].platform"},
		reason: "Botkube asks by Go's names alone", shown: fails("cannot find download url for"),
	},
	{
		name: "no platform", change: artifact(func(a *plugin.IndexURL) { a.Platform = plugin.IndexURLPlatform{} }), fields: []string{"urls[0].platform"},
		reason: "Botkube never asks for it", shown: fails("cannot find download url for"),
	},
	{
		name: "platform twice", publish: func(t *testing.T, s *site, ix *plugin.Index) {
			ticker := ix.Entries[0].URLs[0]
			file := hostFile("source", "forwarder", ".tar.zst")
			another := plugin.IndexURL{URL: s.URL + "/" + file, Checksum: sum(readDist(t, file)), Platform: ticker.Platform}
			ix.Entries[0].URLs = []plugin.IndexURL{ticker, another}
		}, fields: []string{"urls[1].platform"},
		reason: "Botkube installs the last without a word", shown: startsAnother,
	},
	{
		name: "dependency of some platforms", change: entry(func(e *plugin.IndexEntry) {
			e.URLs = e.URLs[:2]
			e.URLs[1].Dependencies = plugin.Dependencies{"tool": {URL: "https://example.com/tool"}}
		}), fields: []string{`urls[0].dependencies["tool"]`},
		reason: "Botkube wants it on all platforms", shown: fails("cannot find download url for current platform for a dependency"),
	},
	{
		name: "dependency that leaves its directory", publish: func(_ *testing.T, s *site, ix *plugin.Index) {
			dependsOn("../../escaped", s.put("tool", []byte("#!/bin/sh\n")))(ix)
		}, fields: []string{`urls[0].dependencies["../../escaped"]`},
		reason: "Botkube makes a path of it", shown: installsAt("ticker", "escaped"),
	},
	{
		name: "compressed dependency", publish: func(t *testing.T, s *site, ix *plugin.Index) {
			dependsOn("tool", s.put("tool.gz", gz(t, []byte("#!/bin/sh\n"))))(ix)
		}, fields: []string{`urls[0].dependencies["tool"].url`},
		reason: "go-getter does not unpack it", shown: fails("can only unarchive to a single file"),
	},
	{
		name: "dependency with a short checksum", publish: func(_ *testing.T, s *site, ix *plugin.Index) {
			dependsOn("tool", s.put("tool", []byte("#!/bin/sh\n"))+"?checksum=sha256:abc")(ix)
		}, fields: []string{`urls[0].dependencies["tool"].url`},
		reason: "go-getter cannot read it", shown: fails("invalid checksum"),
	},
	{
		name: "directory of a dependency that is no archive", publish: func(_ *testing.T, s *site, ix *plugin.Index) {
			dependsOn("tool", s.put("tool", []byte("#!/bin/sh\n"))+"//bin")(ix)
		}, fields: []string{`urls[0].dependencies["tool"].url`},
		reason: "go-getter discards the download silently", shown: startsWithoutDependency("tool"),
	},
}

var rejectedSchemas = []rule{
	{
		name: "schema that is not JSON", change: entry(func(e *plugin.IndexEntry) { e.JSONSchema.Value = "type: object" }), fields: []string{"jsonSchema.value"},
		reason: "no one can make a form of it or check a config; Botkube's own index builder refuses it",
	},
	{
		name: "schema of an unknown type", change: entry(func(e *plugin.IndexEntry) { e.JSONSchema.Value = `{"type": "map"}` }), fields: []string{"jsonSchema.value#/type"},
		reason: "no one can check a config by it; Botkube's own index builder refuses it",
	},
	{
		name: "schema that refers to nothing", change: entry(func(e *plugin.IndexEntry) { e.JSONSchema.Value = `{"$ref": "#/definitions/x"}` }), fields: []string{"jsonSchema.value#/$ref"},
		reason: "no one can check a config by it",
	},
	{
		name: "schema by value and by reference", change: entry(func(e *plugin.IndexEntry) { e.JSONSchema.RefURL = "https://example.com/schema.json" }), fields: []string{"jsonSchema"},
		reason: "Botkube's own index builder refuses both, since no one knows which holds",
	},
	{
		name: "schema by a path", change: entry(func(e *plugin.IndexEntry) { e.JSONSchema = plugin.JSONSchema{RefURL: "schema.json"} }), fields: []string{"jsonSchema.refURL"},
		reason: "no one can fetch it",
	},
	{
		name: "payload schema that is not JSON", change: entry(func(e *plugin.IndexEntry) { e.ExternalRequest.Payload.JSONSchema.Value = "{" }),
		fields: []string{"externalRequest.payload.jsonSchema.value"},
		reason: "no one can check a request by it",
	},
}
