package index_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// digest is a well-formed checksum.
var digest = strings.Repeat("0123456789abcdef", 4)

// validIndex returns an index without problems: a source for two platforms with every optional
// field. mutate changes it.
func validIndex(mutate ...func(*index.Index)) index.Index {
	artifact := func(arch string) index.Artifact {
		return index.Artifact{
			URL:      "https://example.com/v1.0.0/source_ticker_linux_" + arch + ".tar.gz",
			Checksum: digest,
			Platform: index.Platform{OS: "linux", Arch: arch},
			Dependencies: index.Dependencies{
				"kubectl": {URL: "https://example.com/kubectl/linux/" + arch + "/kubectl?checksum=sha256:" + digest},
			},
		}
	}
	ix := index.Index{Entries: []index.Entry{{
		Name:             "ticker",
		Type:             index.TypeSource,
		Description:      "Sends an event at an interval.",
		DocumentationURL: "https://example.com/docs/ticker",
		Version:          "v1.0.0",
		URLs:             []index.Artifact{artifact("amd64"), artifact("arm64")},
		JSONSchema: index.JSONSchema{Value: `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {
    "interval": { "$ref": "#/definitions/duration" }
  },
  "definitions": {
    "duration": { "type": "string", "pattern": "^(?!0)\\d+[smh]$" }
  }
}
`},
		ExternalRequest: index.ExternalRequest{Payload: index.Payload{JSONSchema: index.JSONSchema{
			RefURL: "https://example.com/schemas/payload.json",
		}}},
		Recommended: true,
	}}}
	for _, change := range mutate {
		change(&ix)
	}
	return ix
}

// add appends a copy of the first entry and changes it with mutate.
func add(mutate func(*index.Entry)) func(*index.Index) {
	return func(ix *index.Index) {
		entry := validIndex().Entries[0]
		mutate(&entry)
		ix.Entries = append(ix.Entries, entry)
	}
}

// change mutates the first entry.
func change(mutate func(*index.Entry)) func(*index.Index) {
	return func(ix *index.Index) { mutate(&ix.Entries[0]) }
}

func wantEqual[T any](t *testing.T, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
}

// wantGolden compares got with the content of a file in testdata.
func wantGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, string(want), string(got))
}

func mustEncode(t *testing.T, ix index.Index) []byte {
	t.Helper()
	out, err := index.Encode(ix)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// validate returns the problems of an index that has at most problem.MaxKept.
func validate(t testing.TB, ix index.Index) problem.List {
	t.Helper()
	found, err := index.Validate(context.Background(), ix)
	if err != nil || found.More > 0 {
		t.Fatalf("found %v and %d more problems", err, found.More)
	}
	return found.Kept
}
