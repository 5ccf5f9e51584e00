//go:build docs

// Package docs_test runs the commands of the tutorial, the README, the page about messages and the
// guides to mirrors and to other repositories, each in a clone of the last commit, and compares the results with what they show.
package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/checkout"

	"github.com/google/go-cmp/cmp"
)

func TestTutorial(t *testing.T) {
	if commands := newReader(t).follow(t, "tutorial.md"); commands < 10 {
		t.Errorf("found only %d commands", commands)
	}
}

func TestMessages(t *testing.T) {
	newReader(t).followInClone(t, "messages.md")
}

// followInClone follows a document that begins in a clone of the repository.
func (r *reader) followInClone(t *testing.T, document string) {
	t.Helper()
	r.run(t, "git clone --quiet https://github.com/OWNER/REPO .")
	if commands := r.follow(t, document); commands < 10 {
		t.Errorf("found only %d commands", commands)
	}
}

func TestReadme(t *testing.T) {
	r := newReader(t)
	r.names = strings.NewReplacer("$ make test ", "$ make --dry-run test ") // CI runs all tests itself
	r.followInClone(t, "../README.md")
	// The last make index in the README sets another URL.
	var found, want []string
	for _, entry := range r.index(t).Entries {
		for _, artifact := range entry.URLs {
			found = append(found, artifact.URL)
		}
	}
	for _, build := range checkout.Builds(t, r.dir) {
		for _, binary := range build.Binaries() {
			want = append(want, "https://example.com/plugins/"+binary+".tar.zst")
		}
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(found, "\n")); diff != "" {
		t.Errorf("URLs in the index (-want +found):\n%s", diff)
	}
}

var codeBlock = regexp.MustCompile("(?ms)^```(\\w+) ?([^\n]*)\n(.*?)^```$")

// follow does what the blocks of a document say, except those of text. It returns the number of
// commands.
func (r *reader) follow(t *testing.T, document string) (commands int) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	defer r.end()
	for _, block := range codeBlock.FindAllStringSubmatch(r.names.Replace(string(text)), -1) {
		language, info, content := block[1], block[2], block[3]
		switch {
		case language == "text":
		case language == "sh":
			commands += r.script(t, content)
		case language == "console":
			commands += r.console(t, content, info == "stays")
		case language == "diff":
			r.apply(t, content)
		case strings.HasPrefix(info, "from "):
			r.excerpt(t, strings.TrimPrefix(info, "from "), content)
		case language == "yaml" && info == "":
			r.values(t, content)
		case info != "": // a file
			if err := os.WriteFile(filepath.Join(r.dir, info), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("found a block of %s that is neither commands nor a file:\n%s", language, content)
		}
	}
	if r.running != nil {
		t.Error("a command was left running")
	}
	return commands
}

// reader is somebody who follows a document.
type reader struct {
	dir     string
	env     []string
	names   *strings.Replacer // replaces what cannot be reached, such as the names of hosts
	running *command          // in another terminal
}

// newReader begins where authors do: with a repository on GitHub, for which this one stands in.
func newReader(t *testing.T) *reader {
	t.Helper()
	return &reader{dir: t.TempDir(), names: strings.NewReplacer(), env: append(checkout.Env(t),
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_VALUE_0=https://github.com/OWNER/REPO",
		"GIT_CONFIG_KEY_0=url.file://"+checkout.Root(t)+".insteadOf",
	)}
}

// script runs the lines of a block, all of which must succeed. It returns their number. The commands
// below see the variables that the block exports.
func (r *reader) script(t *testing.T, block string) (commands int) {
	t.Helper()
	r.run(t, "set -eux -o pipefail\n"+block)
	for _, match := range exported.FindAllStringSubmatch(block, -1) {
		r.env = append(r.env, match[1])
	}
	return strings.Count(block, "\n") - strings.Count(block, "\\\n")
}

var exported = regexp.MustCompile(`(?m)^export (.*)$`)

// run runs a command that must succeed, whatever it prints.
func (r *reader) run(t *testing.T, text string) {
	t.Helper()
	c := start(t, r.dir, r.env, text)
	c.any = true
	c.finish(t)
}

// excerpt compares a block with a part of a file. A line of three dots matches any lines.
func (r *reader) excerpt(t *testing.T, file, block string) {
	t.Helper()
	c := start(t, r.dir, r.env, "cat "+file)
	c.any = true
	for line := range strings.Lines(block) {
		c.expect(t, strings.TrimSuffix(line, "\n"))
	}
	c.any = true
	c.finish(t)
}

// console runs the commands of a block, each after a $, and compares what they print with the
// lines below. A line of three dots matches any lines, and ^C is Ctrl-C. If a block stays, its
// last command keeps running in another terminal, and a block that begins without a $ shows more
// of its output. It returns the number of commands.
func (r *reader) console(t *testing.T, block string, stays bool) (commands int) {
	t.Helper()
	current := r.running
	end := func() {
		if current != nil && current != r.running {
			current.finish(t)
		}
	}
	for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", "")) {
		line = strings.TrimSuffix(line, "\n")
		if text, ok := strings.CutPrefix(line, "$ "); ok {
			end()
			commands++
			if dir, ok := strings.CutPrefix(text, "cd "); ok {
				r.dir, current = filepath.Join(r.dir, dir), nil
			} else {
				current = start(t, r.dir, r.env, text)
			}
			continue
		}
		if current == nil {
			t.Fatalf("found the line %q, want a command before it", line)
		}
		if line == "^C" {
			current.interrupt(t)
			current, r.running = nil, nil
			continue
		}
		current.expect(t, line)
	}
	if stays {
		r.running = current
	} else {
		end()
	}
	return commands
}

// index returns the index that make index has written.
func (r *reader) index(t *testing.T) (ix index.Index) {
	t.Helper()
	checkout.ReadYAML(t, filepath.Join(r.dir, "dist/plugins-index.yaml"), &ix)
	return ix
}

// apply applies a diff.
func (r *reader) apply(t *testing.T, diff string) {
	t.Helper()
	cmd := exec.Command("git", "apply", "-")
	cmd.Dir, cmd.Stdin = r.dir, strings.NewReader(diff)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, diff)
	}
}

// end ends the command that is still running, if there is one.
func (r *reader) end() {
	if r.running != nil {
		r.running.end()
	}
}
