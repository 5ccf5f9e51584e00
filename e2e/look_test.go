package e2e_test

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"math"
	"os"
	"path"
	"testing"

	"github.com/chromedp/chromedp"
)

var update = flag.Bool("update", false, "write the pictures that TestPagesLookTheSame compares")

// cell is the size of the squares whose brightness is compared, in pixels. Fonts are drawn differently
// on other machines, but take the same room.
const cell = 16

// The pages of this repository's plugins look as in the README and as they did before.
func TestPagesLookTheSame(t *testing.T) {
	site := runSite(t, releasedIndex(t), "--url", "https://github.com/OWNER/REPO/releases/download/v0.1.0/plugins-index.yaml", "--readmes", "../plugins")
	for file, shown := range map[string]struct {
		path string
		look look
	}{
		"../docs/site.png":           {"plugins/my-repo/source-ticker.html", look{}},
		"testdata/look/overview.png": {"index.html", look{dark: true}},
		"testdata/look/phone.png":    {"plugins/my-repo/executor-restart.html", look{width: 375}},
	} {
		p := openPage(t, site, shown.path, shown.look)
		picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
		must(t, err)
		if *update {
			must(t, os.MkdirAll(path.Dir(file), 0o755))
			must(t, os.WriteFile(file, picture, 0o644))
			continue
		}
		want, err := os.ReadFile(file)
		must(t, err)
		if part := differentPart(t, want, picture); part > 0.05 {
			t.Errorf("%s: found %.0f%% of the picture different, want at most 5%%\nhint: look at it with -update", file, part*100)
		}
	}
}

// releasedIndex writes an index of the plugins in dist as a release publishes it, and returns its path.
func releasedIndex(t *testing.T) string {
	t.Helper()
	ix := decodeIndex(t, readDist(t, "plugins-index.yaml"))
	for i, e := range ix.Entries {
		released := entryWithSchema(e.Type, e.Name, e.JSONSchema.Value)
		released.Description, released.DocumentationURL, released.Version = e.Description, e.DocumentationURL, "v0.1.0"
		for j := range released.URLs {
			name := path.Base(released.URLs[j].URL)
			released.URLs[j].URL = "https://github.com/OWNER/REPO/releases/download/v0.1.0/" + name
		}
		ix.Entries[i] = released
	}
	return writeIndex(t, ix)
}

// differentPart returns how much of two pictures is of another brightness, from 0 to 1.
func differentPart(t *testing.T, a, b []byte) float64 {
	t.Helper()
	one, other := brightness(t, a), brightness(t, b)
	if len(one) != len(other) {
		t.Logf("found %d squares, want %d", len(other), len(one))
		return 1
	}
	different := 0
	for i := range one {
		if math.Abs(one[i]-other[i]) > 24 {
			different++
		}
	}
	return float64(different) / float64(len(one))
}

// brightness returns the mean brightness of each square of a picture, from 0 to 255.
func brightness(t *testing.T, picture []byte) (squares []float64) {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(picture))
	must(t, err)
	size := decoded.Bounds()
	for y := size.Min.Y; y+cell <= size.Max.Y; y += cell {
		for x := size.Min.X; x+cell <= size.Max.X; x += cell {
			squares = append(squares, meanOf(decoded, x, y))
		}
	}
	return squares
}

func meanOf(picture image.Image, left, top int) float64 {
	sum := 0.0
	for y := top; y < top+cell; y++ {
		for x := left; x < left+cell; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			sum += float64(r+g+b) / 3 / 257
		}
	}
	return sum / (cell * cell)
}

// A picture differs from one in which something has moved, and not from itself.
func TestDifferentPart(t *testing.T) {
	draw := func(at int) []byte {
		picture := image.NewGray(image.Rect(0, 0, 320, 320))
		for y := at; y < at+80; y++ {
			for x := range 320 {
				picture.Pix[y*picture.Stride+x] = 255
			}
		}
		var out bytes.Buffer
		must(t, png.Encode(&out, picture))
		return out.Bytes()
	}
	if got := differentPart(t, draw(0), draw(0)); got != 0 {
		t.Errorf("found %f of the same picture different", got)
	}
	if got := differentPart(t, draw(0), draw(32)); got < 0.15 {
		t.Errorf("found %f of a moved picture different, want more", got)
	}
}
