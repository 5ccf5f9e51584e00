package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"botkube-plugins/index"

	"go.yaml.in/yaml/v3"
)

// BenchmarkMerge runs the complete command on 100 indexes of 100 entries each, with schemas. It
// reports
//
//   - x-parse: the time taken, as a multiple of parsing the same files with the YAML library alone.
//     They are run in turn; the medians are compared. The target is 3.
//   - x-cpu: the CPU seconds used, divided by the number of cores, as a multiple of the CPU seconds
//     to parse. Unlike x-parse it does not suffer when something else is running.
//   - x-size: the largest amount of memory that the command held, as a multiple of the size of the
//     files. The target is 8.
func BenchmarkMerge(b *testing.B) {
	dir := b.TempDir()
	files := writeIndexes(b, dir, "1.0.0", 100, 100)
	benchIndexes(b, files, append([]string{"merge", "--quiet", "--output", filepath.Join(dir, "merged.yaml")}, files...)...)
}

// BenchmarkDiff runs the complete command on two indexes of 10,000 entries each, in which each plugin
// has another version and a tenth has another schema. It reports the same as BenchmarkMerge; the
// target of x-parse is 5.
func BenchmarkDiff(b *testing.B) {
	dir := b.TempDir()
	files := append(writeIndexes(b, dir, "1.0.0", 1, 10_000), writeIndexes(b, dir, "1.1.0", 1, 10_000)...)
	benchIndexes(b, files, append([]string{"diff", "--quiet", "--allow-breaking"}, files...)...)
}

// benchIndexes compares a command with parsing the files that it reads.
func benchIndexes(b *testing.B, files []string, args ...string) {
	b.Helper()
	indexgen := build(b, b.TempDir(), "indexgen", ".")
	var parses, parseCPUs, walls, cpus, peaks []float64
	size := 0.0
	for b.Loop() {
		size = 0
		start := time.Now()
		parseCPUs = append(parseCPUs, cpuSeconds(b, func() {
			for _, file := range files {
				size += parse(b, file)
			}
		}))
		parses = append(parses, time.Since(start).Seconds())
		wall, cpu, peak := measure(b, exec.Command(indexgen, args...))
		walls = append(walls, wall)
		cpus = append(cpus, cpu/float64(runtime.GOMAXPROCS(0)))
		peaks = append(peaks, peak)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(walls), "s")
	b.ReportMetric(median(walls)/median(parses), "x-parse")
	b.ReportMetric(median(cpus)/median(parseCPUs), "x-cpu")
	b.ReportMetric(slices.Max(peaks)/size, "x-size")
}

// parse parses an index with the YAML library alone, and returns its size in MB.
func parse(b *testing.B, file string) float64 {
	b.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	var ix index.Index
	if err := yaml.Unmarshal(data, &ix); err != nil {
		b.Fatal(err)
	}
	return float64(len(data)) / 1e6
}

// writeIndexes writes indexes whose entries have schemas like those of real plugins, and returns their
// names.
func writeIndexes(b *testing.B, dir, version string, indexes, entries int) (files []string) {
	b.Helper()
	for i := range indexes {
		var ix index.Index
		for k := range entries {
			ix.Entries = append(ix.Entries, benchEntry(fmt.Sprintf("p%d", i*entries+k), version, k%10 == 0))
		}
		data, err := index.Encode(ix)
		if err != nil {
			b.Fatal(err)
		}
		file := filepath.Join(dir, fmt.Sprintf("%s-%d.yaml", version, i))
		if err := os.WriteFile(file, data, 0o600); err != nil {
			b.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func benchEntry(name, version string, changing bool) index.Entry {
	e := index.Entry{Name: name, Type: index.TypeSource, Version: version, Description: "Sends events."}
	for _, platform := range []string{"darwin/amd64", "darwin/arm64", "linux/amd64", "linux/arm64"} {
		goos, goarch, _ := strings.Cut(platform, "/")
		e.URLs = append(e.URLs, index.Artifact{
			URL:      fmt.Sprintf("https://example.com/releases/download/v%s/source_%s_%s_%s.tar.zst", version, name, goos, goarch),
			Checksum: strings.Repeat("0123456789abcdef", 4), Platform: index.Platform{OS: goos, Arch: goarch},
		})
	}
	var schema strings.Builder
	schema.WriteString("{\n  \"type\": \"object\",\n  \"additionalProperties\": false,\n  \"properties\": {")
	for i := range 11 {
		limit := 1
		if changing && version != "1.0.0" {
			limit = 2
		}
		if i > 0 {
			schema.WriteString(",")
		}
		fmt.Fprintf(&schema, "\n    \"%s%d\": {\n      \"title\": \"An option of the plugin\",\n      \"description\": \"%s\",\n"+
			"      \"type\": \"integer\",\n      \"minimum\": %d,\n      \"default\": 5\n    }", name, i, strings.Repeat("It says what the plugin does. ", 6), limit)
	}
	schema.WriteString("\n  }\n}\n")
	e.JSONSchema.Value = schema.String()
	return e
}
