package ci

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// startless are the targets that start no plugin, of all that need a token. The rehearsal of a release
// watches which programs they start.
var startless = []string{"publish", "pages"}

var (
	isToken  = regexp.MustCompile(`(?i)github\W+token|secrets\b`)
	isNotice = regexp.MustCompile(`^echo "[^"$` + "`" + `]*"\n?$`)
	// starter matches what can start a plugin in a recipe.
	starter = regexp.MustCompile(`indexgen (generate|verify|serve|mirror)|bin/plugin|go (test|run)|\$\(MAKE\)|\$\(GORELEASER\) release`)
)

// privileges looks for steps that could start a plugin with a token at hand: in a job that may write
// something, or with a token in their environment.
func privileges(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	for _, w := range workflows(t, repo) {
		for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
			job := w.Jobs[name]
			writes := isToken.MatchString(text(t, w.Env)+text(t, job.Env)) || strings.Contains(text(t, job.Permissions), "write")
			for _, step := range job.Steps {
				if !writes && !isToken.MatchString(text(t, step.Env)+step.Run) {
					continue
				}
				if run := strings.TrimSpace(step.Run); run != "" && !isNotice.MatchString(run) && !onlyStartless(run) {
					problems = append(problems, fmt.Sprintf("%s: job %s: found %q with write permission or a token, want only make %s",
						w.file, name, run, strings.Join(startless, " or ")))
				}
				if strings.HasPrefix(step.Uses.Value, "./") {
					problems = append(problems, fmt.Sprintf("%s: job %s: found %s with write permission or a token, want its steps in the workflow",
						w.file, name, step.Uses.Value))
				}
			}
		}
	}
	makefile := read(t, repo, "Makefile") + read(t, repo, ".github/release.mk")
	for _, target := range startless {
		problems = append(problems, starts(makefile, target)...)
	}
	return problems
}

var startsPlugins = regexp.MustCompile(`release\.mk (start|summary verify-release)$|eval "\$BUILD"`)

// sandboxes looks for steps of a release that start plugins on Linux and do not require a sandbox.
func sandboxes(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	found := 0
	for _, w := range workflows(t, repo) {
		if !strings.HasPrefix(path.Base(w.file), "release") {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
			for _, step := range w.Jobs[name].Steps {
				var env struct {
					Sandbox string `yaml:"SANDBOX"`
				}
				if err := step.Env.Decode(&env); err != nil && !step.Env.IsZero() {
					t.Fatal(err)
				}
				what, sandbox := strings.TrimSpace(step.Run), env.Sandbox
				if strings.HasSuffix(step.Uses.Value, "/actions/indexgen") {
					what, sandbox = step.Uses.Value, step.With["sandbox"]
				} else if !startsPlugins.MatchString(what) {
					continue
				}
				found++
				if sandbox != "require" && sandbox != "${{ matrix.os == 'linux' && 'require' || 'auto' }}" {
					problems = append(problems, fmt.Sprintf("%s: job %s: found the sandbox %q for %q, want \"require\" on Linux", w.file, name, sandbox, what))
				}
			}
		}
	}
	if found == 0 {
		problems = append(problems, "found no workflow that starts plugins for a release")
	}
	return problems
}

func onlyStartless(run string) bool {
	targets := map[string]bool{}
	return collect(targets, run) && !slices.ContainsFunc(slices.Collect(maps.Keys(targets)), func(target string) bool {
		return !slices.Contains(startless, target)
	})
}

// starts lists the commands that could start a plugin in the recipe of a target, and in those of
// the targets that it needs.
func starts(makefile, target string) (problems []string) {
	rules := regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(target)+`:([^#\n]*)[^\n]*\n((?:\t[^\n]*\n)*)`).FindAllStringSubmatch(makefile, -1)
	if rules == nil {
		return []string{fmt.Sprintf("Makefile: found no target %s", target)}
	}
	for _, rule := range rules {
		for line := range strings.Lines(rule[2]) {
			if starter.MatchString(line) {
				problems = append(problems, fmt.Sprintf("Makefile: %s: found %q, which can start a plugin", target, strings.TrimSpace(line)))
			}
		}
		for need := range strings.FieldsSeq(rule[1]) {
			if !strings.HasPrefix(need, "$(") && !strings.HasPrefix(need, "bin/") { // a tool
				problems = append(problems, starts(makefile, need)...)
			}
		}
	}
	return problems
}

// text returns a part of a document as text.
func text(t *testing.T, node yaml.Node) string {
	t.Helper()
	if node.IsZero() {
		return ""
	}
	data, err := yaml.Marshal(&node)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// standIns compares the actions of the workflows that the rehearsal of a release runs, and those of this
// repository's own actions, with the stand-ins that it runs instead: each is for exactly the pinned
// commit. A repository without the rehearsal needs none.
func standIns(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	const directory = "e2e/rehearsal/actions"
	if !strings.Contains(read(t, repo, "Makefile"), "\nrehearse-release:") {
		return nil
	}
	used := map[string]bool{}
	for _, file := range slices.Concat(glob(t, repo, ".github/workflows/*.y*ml"), ownActions(t, repo)) {
		if base := path.Base(file); !slices.ContainsFunc([]string{"release", "pages.", "action."}, func(known string) bool { return strings.HasPrefix(base, known) }) {
			continue
		}
		var document yaml.Node
		parse(t, repo, file, &document)
		for _, node := range values(&document, "uses") {
			name, _, isRemote := strings.Cut(node.Value, "@")
			standIn := path.Join(directory, name, "action.yml")
			if !isRemote || used[standIn] {
				continue
			}
			used[standIn] = true
			want := "# Stands for " + node.Value + " " + node.LineComment
			if _, err := fs.Stat(repo, standIn); err != nil {
				problems = append(problems, fmt.Sprintf("%s:%d: found no %s, which the rehearsal needs", file, node.Line, standIn))
			} else if found, _, _ := strings.Cut(read(t, repo, standIn), "\n"); found != want {
				problems = append(problems, fmt.Sprintf("%s: found %q, want %q; compare the stand-in with the action first", standIn, found, want))
			}
		}
	}
	for _, standIn := range slices.Concat(glob(t, repo, directory+"/*/*/action.yml"), glob(t, repo, directory+"/*/*/*/action.yml")) {
		if !used[standIn] {
			problems = append(problems, standIn+": found a stand-in for an action that the rehearsal does not use")
		}
	}
	return problems
}
