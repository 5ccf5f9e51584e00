package jsonschema

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The limits in the documentation are those of the code.
func TestDocumentedLimits(t *testing.T) {
	for file, want := range map[string]string{
		"index-format.md": fmt.Sprintf("a JSON Schema of %d MiB, about %d,000 values or %d levels, or a regular expression of %d KiB in it",
			maxText>>20, maxSeparators/1000, maxDepth, maxPattern>>10),
		"security.md": fmt.Sprintf("compares two schemas for at most %d seconds", int(compareTime.Seconds())),
	} {
		page, err := os.ReadFile("../../docs/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), want) {
			t.Errorf("%s: found no %q", file, want)
		}
	}
}
