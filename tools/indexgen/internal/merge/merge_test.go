package merge_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/merge"

	"github.com/google/go-cmp/cmp"
)

func input(t *testing.T, name string, versions ...string) merge.Input {
	t.Helper()
	var ix index.Index
	for _, version := range versions {
		ix.Entries = append(ix.Entries, index.Entry{
			Name: "ticker", Type: index.TypeSource, Version: version, Description: "Ticks",
			URLs: []index.Artifact{{
				URL: "https://example.com/source_ticker_linux_amd64", Checksum: strings.Repeat("0", 64),
				Platform: index.Platform{OS: "linux", Arch: "amd64"},
			}},
		})
	}
	data, err := index.Encode(ix)
	if err != nil {
		t.Fatal(err)
	}
	return merge.Input{Name: name, Data: data}
}

// The order of the inputs, how many there are, and versions that several of them have make no
// difference.
func TestOrderMakesNoDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var inputs []merge.Input
	for i := range 20 {
		inputs = append(inputs, input(t, fmt.Sprint(i), fmt.Sprintf("1.%d.0", i), fmt.Sprintf("1.%d.0", i+1)))
	}
	for keep, want := range map[int]int{0: 21, 3: 3, 100: 21} {
		var first string
		for range 10 {
			random.Shuffle(len(inputs), func(i, j int) { inputs[i], inputs[j] = inputs[j], inputs[i] })
			result, err := merge.Run(t.Context(), slices.Clone(inputs), merge.Options{Keep: keep})
			if err != nil || result.Problems.Total() > 0 || len(result.Index.Entries) != want {
				t.Fatalf("keep %d: found %d entries, the problems %v and the error %v, want %d", keep, len(result.Index.Entries), result.Problems.Kept, err, want)
			}
			data, err := index.Encode(result.Index)
			if err != nil {
				t.Fatal(err)
			}
			if first == "" {
				first = string(data)
			}
			if diff := cmp.Diff(first, string(data)); diff != "" {
				t.Fatalf("another order gives another index:\n%s", diff)
			}
			if _, found, err := index.Check(t.Context(), data); err != nil || found.Problems.Total() > 0 {
				t.Fatalf("the merged index has the problems %v, error %v", found.Problems.Kept, err)
			}
		}
		if !strings.Contains(first, "version: 1.20.0") {
			t.Errorf("keep %d: the newest version is missing in:\n%s", keep, first)
		}
	}
}

func TestEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if _, err := merge.Run(ctx, []merge.Input{input(t, "a", "1.0.0")}, merge.Options{}); !errors.Is(err, stopped) {
		t.Errorf("found the error %v, want %v", err, stopped)
	}
}

// A limit of indexgen is no reason to leave out an index, which Botkube may well read.
func TestLimitIsAnError(t *testing.T) {
	large := merge.Input{Name: "large.yaml", Data: make([]byte, index.MaxSize+1)}
	_, err := merge.Run(t.Context(), []merge.Input{input(t, "a", "1.0.0"), large}, merge.Options{SkipBroken: true})
	limit, ok := errors.AsType[*index.LimitError](err)
	if !ok || !strings.HasPrefix(err.Error(), "large.yaml: ") {
		t.Errorf("found %v of %T, want a LimitError of large.yaml", err, limit)
	}
}
