package inspect

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The limits in the documentation are those of the code.
func TestDocumentedLimits(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(page)), " ")
	const maxDownload = 1 << 30 // maxArtifact of the command verify
	for _, want := range []string{
		fmt.Sprintf("at most %d,000 entries, %d GiB of contents, names of 1,%03d bytes, and a dictionary or window of %d MiB",
			maxEntries/1000, maxUnpacked>>30, maxName-1000, maxWindow>>20),
		fmt.Sprintf("together may have %d GiB of contents", MaxContents>>30),
		fmt.Sprintf("take at most %d GiB: %d GiB, and up to %d GiB for one archive beyond",
			(MaxDisk+maxDownload+maxUnpacked)>>30, MaxDisk>>30, (maxDownload+maxUnpacked)>>30),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("found no %q on the page", want)
		}
	}
}
