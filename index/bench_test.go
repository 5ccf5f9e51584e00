package index_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"botkube-plugins/index"

	yamlv3 "go.yaml.in/yaml/v3"
)

// BenchmarkCheck checks an index of 10,000 entries, with a schema of 5 KB in each: 64 MB. It reports
//   - x-parse: the time, compared with only parsing the text with the same YAML library. The target
//     is 2.
//   - x-memory: the largest heap, compared with the size of the text, which it includes. The target is 8.
//   - x-linear: the time for an entry, compared with that in an index of 1,000 entries. The target is
//     1.3.
func BenchmarkCheck(b *testing.B) {
	small, large := largeIndex(1000), largeIndex(10_000)
	var parse, check, short []float64
	for b.Loop() {
		parse = append(parse, seconds(func() {
			var ix index.Index
			if err := yamlv3.Unmarshal(large, &ix); err != nil {
				b.Fatal(err)
			}
		}))
		short = append(short, seconds(func() { mustCheck(b, small, 1000) }))
		check = append(check, seconds(func() { mustCheck(b, large, 10_000) }))
	}
	peak := heapPeak(func() { mustCheck(b, large, 10_000) })
	b.ReportMetric(slices.Min(check)/slices.Min(parse), "x-parse")
	b.ReportMetric(slices.Min(check)/slices.Min(short)/10, "x-linear")
	b.ReportMetric(peak/float64(len(large)), "x-memory")
	b.ReportMetric(float64(len(large))/1e6, "MB")
}

func mustCheck(b *testing.B, text []byte, entries int) {
	ix, found, err := index.Check(b.Context(), text)
	if err != nil || found.Problems.Total() > 0 || len(ix.Entries) != entries {
		b.Fatalf("found %d entries, %v, error %v", len(ix.Entries), found.Problems, err)
	}
}

// largeIndex returns a valid index with n versions of plugins, each with other schemas, as Encode
// writes it.
func largeIndex(n int) []byte {
	var b strings.Builder
	b.WriteString("entries:\n")
	for i := range n {
		e := validIndex().Entries[0]
		e.Version = fmt.Sprintf("v1.0.%d", i)
		e.URLs = nil
		for _, p := range []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64"} {
			os, arch, _ := strings.Cut(p, "/")
			e.URLs = append(e.URLs, index.Artifact{
				URL:      fmt.Sprintf("https://github.com/owner/repo/releases/download/%s/source_ticker_%s_%s.tar.gz", e.Version, os, arch),
				Checksum: digest, Platform: index.Platform{OS: os, Arch: arch},
				Dependencies: index.Dependencies{"kubectl": {URL: "https://example.com/kubectl/" + p}},
			})
		}
		var properties []string
		for j := range 40 {
			properties = append(properties, fmt.Sprintf(`
    "option%d": { "type": "string", "description": "option %d of version %d", "pattern": "^[a-z]+$" }`, j, j, i))
		}
		e.JSONSchema.Value = "{\n  \"type\": \"object\",\n  \"properties\": {" + strings.Join(properties, ",") + "\n  }\n}\n"
		text, err := index.Encode(index.Index{Entries: []index.Entry{e}})
		if err != nil {
			panic(err)
		}
		b.WriteString(strings.TrimPrefix(string(text), "entries:\n"))
	}
	return []byte(b.String())
}

func seconds(f func()) float64 {
	debug.FreeOSMemory() // so that all begin with the same memory
	start := time.Now()
	f()
	return time.Since(start).Seconds()
}

// heapPeak returns the largest size of the heap in bytes while f runs.
func heapPeak(f func()) float64 {
	debug.FreeOSMemory()
	done := make(chan struct{})
	go func() {
		f()
		close(done)
	}()
	peak := uint64(0)
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapSys-m.HeapReleased)
		select {
		case <-done:
			return float64(peak)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
