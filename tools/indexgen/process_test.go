package main

// What scripts cannot test: terminals, signals and memory.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"botkube-plugins/internal/testplugin"

	"github.com/creack/pty"
)

// On a terminal, a bar shows how much has been read. At the end the bar disappears and the lines
// stay.
func TestTerminal(t *testing.T) {
	dist := t.TempDir()
	platform := runtime.GOOS + "/" + runtime.GOARCH
	testplugin.Link(t, dist, "source_good_"+strings.ReplaceAll(platform, "/", "_"))
	large := testplugin.Executable("windows", "amd64", 200<<20)
	if err := os.WriteFile(filepath.Join(dist, "source_good_windows_amd64"), large, 0o600); err != nil {
		t.Fatal(err)
	}
	output := onTerminal(t, "generate", "--dist", dist, "--base-url", "https://example.com")
	if !strings.Contains(output, "reading artifacts") || !strings.Contains(output, " MiB of ") {
		t.Errorf("no bar in the output:\n%q", output)
	}
	want := "source/good 1.2.3: " + platform + " windows/amd64\r\nwrote " + dist + "/plugins-index.yaml: 1 plugin\r\n"
	if screen := left(output); screen != want {
		t.Errorf("at the end, the screen shows\n%q, want\n%q", screen, want)
	}

	// Verify only the noise: verify would warn about a plugin, which is the test binary, if it has
	// the race detector.
	output = onTerminal(t, "verify", "--platform", "windows/amd64", "--dist", dist, dist+"/plugins-index.yaml")
	if !strings.Contains(output, "verifying") || !strings.Contains(output, " of 1") {
		t.Errorf("no bar in the output:\n%q", output)
	}
	want = "ok   source/good 1.2.3 windows/amd64\r\nBotkube can install everything (1 file, 0 warnings)\r\n"
	if screen := left(output); screen != want {
		t.Errorf("at the end, the screen shows\n%q, want\n%q", screen, want)
	}

	index := filepath.Join(dist, "plugins-index.yaml")
	text, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(index, bytes.ReplaceAll(text, []byte("https://example.com"), []byte("file://"+dist)), 0o600); err != nil {
		t.Fatal(err)
	}
	output = onTerminal(t, "mirror", "--platform", "windows/amd64", "--output", filepath.Join(dist, "out"), "r="+index)
	if !strings.Contains(output, "mirroring") || !strings.Contains(output, "0 of 1, ") || !strings.Contains(output, " MiB") {
		t.Errorf("no bar in the output:\n%q", output)
	}
	want = "ok   source/good 1.2.3 windows/amd64\r\n"
	if screen := left(output); !strings.HasPrefix(screen, want) {
		t.Errorf("at the end, the screen shows\n%q, want\n%q first", screen, want)
	}
}

// onTerminal runs indexgen on a terminal and returns its output.
func onTerminal(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("indexgen", args...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	output, _ := io.ReadAll(terminal) // ends with an error when the other side is closed
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return string(output)
}

// left returns what remains on the screen. The bar erases itself line by line.
func left(output string) string {
	const eraseLastLine = "\x1b[1A\x1b[J"
	screen := ""
	for i, text := range strings.Split(output, eraseLastLine) {
		if i > 0 {
			lines := strings.SplitAfter(screen, "\n")
			screen = strings.Join(lines[:len(lines)-2], "")
		}
		screen += text
	}
	return screen
}

// One Ctrl-C ends a command that waits for its input.
func TestInterruptWhileReading(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"stdin":                   {"validate", "-"},
		"named pipe":              {"validate", fifo},
		"named pipe, with verify": {"verify", "--no-run", fifo},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "indexgen", args...)
			var output bytes.Buffer
			cmd.Stdout, cmd.Stderr = &output, &output
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if name != "stdin" {
				if stdin, err = os.OpenFile(fifo, os.O_WRONLY, 0); err != nil { // waits for indexgen to open it
					t.Fatal(err)
				}
			}
			defer stdin.Close()
			// More than fits in a pipe: indexgen reads when this returns.
			if _, err := io.WriteString(stdin, strings.Repeat("#", 1<<20)); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			exit, ok := errors.AsType[*exec.ExitError](cmd.Wait())
			if !ok || exit.ExitCode() != 1 || output.String() != "error: interrupt signal received\n" {
				t.Errorf("found %v, output\n%s\nwant exit code 1", exit, &output)
			}
		})
	}
}

// No index of up to 16 MiB takes more than 200 MB of memory.
func TestMemory(t *testing.T) {
	t.Parallel()
	const size, limit = 16 << 20, 200 // MiB
	dir := t.TempDir()
	indexgen := build(t, dir, "indexgen", ".") // without the race detector, which needs more memory
	repeat := strings.Repeat
	schema, err := json.Marshal(`{"allOf": [` + repeat("1,", 49_000) + `1]}`)
	if err != nil {
		t.Fatal(err)
	}
	fill := func(entry string) string { return repeat(entry, (size-10)/len(entry)) }
	release := "- description: d\n  name: a\n  type: source\n  version: v1.0.0\n  urls:\n" + repeat("  - checksum: "+repeat("0", 64)+
		"\n    platform:\n      architecture: amd64\n      os: linux\n    url: https://example.com/v1.0.0/source_a_linux_amd64.tar.gz\n"+
		"    dependencies:\n      kubectl:\n        url: https://example.com/kubectl\n", 4)
	for name, text := range map[string]string{
		"list":         "entries: [" + repeat("a,", 99_000) + "]",
		"mappings":     "entries: [" + repeat("{},", 49_000) + "]",
		"pairs":        "entries: [" + repeat(`"":x,`, 49_000) + "]",
		"block":        "entries:\n" + repeat("- a:\n", 49_000),
		"artifacts":    "entries: [{urls: [" + repeat("{},", 49_000) + "]}]",
		"aliases":      "x: &a [{},{}]\nentries:\n" + repeat("- {urls: *a}\n", 33_000),
		"dependencies": "entries: [{urls: [{dependencies: {" + repeat("a: ,", 1000) + "}}" + repeat(",{}", 46_000) + "]}]",
		"text":         "entries:\n- description: " + repeat("x ", size/2-20),
		"version":      "entries:\n- {name: a, version: 1" + repeat(".1", size/2-20) + "}",
		"schemas":      "entries:\n" + repeat("- jsonSchema: {value: "+string(schema)+"}\n", 3),
		"too many":     "entries: [" + repeat("a,", size/2-10) + "]",

		// These are decoded entry by entry, up to the limit.
		"entries":                       "entries:\n" + fill("- name: a\n  version: 1\n  description: "+repeat("x", 100)+"\n"),
		"small entries":                 "entries:\n" + fill("- a:\n"),
		"nothing":                       "entries:\n" + fill("-\n"),
		"wrong types":                   "entries:\n" + fill("- a\n"),
		"many wrong types":              "entries:\n" + fill("- urls: ["+repeat("a,", 46_000)+"]\n"),
		"small artifacts":               "entries:\n" + fill("- urls: ["+repeat("{},", 1000)+"]\n"),
		"artifacts of null":             "entries:\n" + fill("- urls: ["+repeat("~,", 1000)+"]\n"),
		"small dependencies":            "entries:\n" + fill("- urls: ["+repeat("{dependencies: {a: }},", 100)+"]\n"),
		"artifacts, just few enough":    "entries:\n" + fill("- urls: ["+repeat("{url: "+repeat("x", 35)+"},", 1000)+"]\n"),
		"dependencies, just few enough": "entries:\n" + fill("- urls: ["+repeat("{url: "+repeat("x", 165)+", dependencies: {a: }},", 100)+"]\n"),
		"ignored values":                "entries:\n" + fill("- a: ["+repeat("a,", 95_000)+"]\n"),
		"large schemas":                 "entries:\n" + repeat("- jsonSchema: {value: "+string(schema)+"}\n", 20),
		"long texts":                    "entries:\n" + fill("- description: "+repeat("x ", size/8)+"\n"),
		"quotes":                        "entries:\n" + fill(`- description: "a\n  `+repeat("\n  a", 200)+"\"\n"),
		"release":                       "entries:\n" + fill(release),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text += "\n" + repeat("#", size-len(text)-1)
			file := filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			code, length, peak := peakOf(t, nil, indexgen, "validate", file)
			if code != 1 && code != 3 || length > 100_000 || peak > limit {
				t.Errorf("found exit code %d, %d bytes of output, a peak of %d MiB, want a failure with little output and at most %d MiB", code, length, peak, limit)
			}
			t.Logf("a peak of %d MiB", peak)
			if name != "release" && name != "too many" { // one for each way to decode
				return
			}
			stdinCode, _, stdinPeak := peakOf(t, strings.NewReader(text), indexgen, "validate", "-")
			if stdinCode != code || stdinPeak > limit {
				t.Errorf("stdin: found exit code %d, a peak of %d MiB, want %d and at most %d MiB", stdinCode, stdinPeak, code, limit)
			}
		})
	}
}

// Nor does a valid index of 648 KB whose schemas are as deep and as large as the limits allow.
func TestMemoryOfSchemas(t *testing.T) {
	t.Parallel()
	const limit = 200 // MiB
	dir := t.TempDir()
	indexgen := build(t, dir, "indexgen", ".")
	nested := func(open, shut, inner string, levels int) string {
		return strings.Repeat(open, levels) + inner + strings.Repeat(shut, levels)
	}
	wide := strings.Repeat(`{},`, 24_000) + "{}"
	for name, schema := range map[string]string{
		"deep":           nested(`{"properties":{"a":`, "}}", "{}", 49),
		"deep lists":     nested(`{"allOf":[`, "]}", "{}", 49),
		"deep and wide":  nested(`{"allOf":[{},{},{},{},`, "]}", "{}", 49),
		"wide":           `{"allOf":[` + wide + `]}`,
		"wide below":     nested(`{"not":`, "}", `{"allOf":[`+wide+`]}`, 90),
		"wide, each not": `{"allOf":[` + strings.Repeat(nested(`{"not":`, "}", "{}", 90)+",", 250) + `{}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			quoted, err := json.Marshal(schema)
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			text.WriteString("entries:\n")
			values := strings.Count(schema, "{") + strings.Count(schema, "[") + strings.Count(schema, ",") + strings.Count(schema, ":") + 30
			for i := 0; text.Len()+len(quoted) < 648_000 && (i+1)*values < 149_000; i++ {
				fmt.Fprintf(&text, "- {name: x%d, type: source, version: 1.0.0, description: X, jsonSchema: {value: %s}, urls: "+
					"[{url: 'https://example.com/x', checksum: %064d, platform: {os: linux, architecture: amd64}}]}\n", i, quoted, 1)
			}
			text.WriteString(strings.Repeat("#", 648_000-min(648_000, text.Len())))
			code, _, peak := peakOf(t, strings.NewReader(text.String()), indexgen, "validate", "-")
			if code != 0 || peak > limit {
				t.Errorf("%d bytes: found exit code %d, a peak of %d MiB, want 0 and at most %d MiB", text.Len(), code, peak, limit)
			}
			t.Logf("%d bytes: a peak of %d MiB", text.Len(), peak)
		})
	}
}

// peakOf runs a command and returns its exit code, the length of its output, and its largest amount
// of memory in MiB.
func peakOf(t *testing.T, stdin io.Reader, command ...string) (code, length, peak int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "peak", command...)
	cmd.Stdin = stdin
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(output), &code, &length, &peak); err != nil {
		t.Fatalf("%v in %q", err, output)
	}
	return code, length, peak
}

// peak COMMAND...: runs a command, and prints its exit code, the length of its output, and its
// largest amount of memory in MiB. The test cannot measure this itself: on Linux, the memory of a
// process counts for the processes that it starts.
func peak() {
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdin = os.Stdin
	output, _ := cmd.CombinedOutput()
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
	if runtime.GOOS == "darwin" {
		peak >>= 10 // there it is in bytes
	}
	fmt.Println(cmd.ProcessState.ExitCode(), len(output), peak)
}
