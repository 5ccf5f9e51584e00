package index

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The limits in the documentation are those of the code.
func TestDocumentedLimits(t *testing.T) {
	page, err := os.ReadFile("../docs/index-format.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("| %d MiB | a warning", LargeSize>>20),
		fmt.Sprintf("| %d MiB | an error", MaxSize>>20),
		fmt.Sprintf("| about %d,000 values in an entry, or 1,%03d keys in one mapping |", maxSeparators/1000, maxKeys-1000),
		fmt.Sprintf("one by one: about %d,000 values, %d lines that begin with `%%`", maxSeparators/1000, maxDirectives),
		fmt.Sprintf("Above %d,000 values, problems have no line", maxLocated/1000),
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("found no %q on the page", want)
		}
	}
}
