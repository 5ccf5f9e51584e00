package index_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"botkube-plugins/index"
)

func TestDocumentedExampleIsValid(t *testing.T) {
	page, err := os.ReadFile("../docs/index-format.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) != 1 {
		t.Fatalf("found %d YAML blocks, want only the example", len(blocks))
	}
	example := string(blocks[0][1])
	ix, err := index.Decode([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, nil, validate(t, ix))
	if len(ix.Entries) != 1 || ix.Entries[0].JSONSchema.Value == "" || ix.Entries[0].ExternalRequest.Payload.JSONSchema.RefURL == "" {
		t.Errorf("the example does not show every part: %+v", ix)
	}

	// The table of fields lists every key of the example.
	for _, match := range regexp.MustCompile(`(?m)^[ -]*([A-Za-z]+):`).FindAllStringSubmatch(example, -1) {
		if key := match[1]; key != "entries" && key != "helm" && !strings.Contains(string(page), key+"`") && !strings.Contains(string(page), "`"+key+".") && !strings.Contains(string(page), "."+key+".") {
			t.Errorf("the key %s is not in the table of fields", key)
		}
	}
}

// The page quotes a message of Validate, which must match the code.
func TestDocumentedMessageIsReal(t *testing.T) {
	page, err := os.ReadFile("../docs/index-format.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```text\n(.*?)\n```").FindSubmatch(page)
	if block == nil {
		t.Fatal("no message found")
	}
	got := validate(t, validIndex(change(func(e *index.Entry) { e.URLs[1].Checksum = "abc" })))
	wantEqual(t, string(block[1]), got.Error())
}
