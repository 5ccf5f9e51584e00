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

// targets compares the make targets of .ci/run and ci.yml, which must be the same: whoever runs
// the one must know what the other will find.
func targets(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	const script, ci = ".ci/run", ".github/workflows/ci.yml"
	inScript, inCI := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(read(t, repo, script)) {
		command, isStep := strings.CutPrefix(line, "step ")
		if !isStep {
			continue
		}
		command, _, _ = strings.Cut(command, " #")
		if !collect(inScript, command) {
			problems = append(problems, fmt.Sprintf(`%s: found %q, want "step make" and targets only`, script, strings.TrimSpace(line)))
		}
	}
	var w workflow
	parse(t, repo, ci, &w)
	for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
		job := w.Jobs[name]
		if !job.always() {
			problems = append(problems, fmt.Sprintf("%s: job %s: found continue-on-error or if, want a job that always counts", ci, name))
		}
		for _, step := range job.Steps {
			switch {
			case step.Run == "":
			case !collect(inCI, step.Run):
				problems = append(problems, fmt.Sprintf(`%s: job %s: found the step %q, want "make" and targets only`, ci, name, step.Run))
			case !step.always():
				problems = append(problems, fmt.Sprintf("%s: job %s: found continue-on-error or if beside %q, want a step that always counts", ci, name, step.Run))
			}
		}
	}
	for _, target := range slices.Sorted(maps.Keys(inCI)) {
		if !inScript[target] {
			problems = append(problems, fmt.Sprintf("%s: found no make %s, which ci.yml runs", script, target))
		}
	}
	for _, target := range slices.Sorted(maps.Keys(inScript)) {
		if !inCI[target] {
			problems = append(problems, fmt.Sprintf("%s: found no make %s, which .ci/run runs", ci, target))
		}
	}
	return problems
}

var isMake = regexp.MustCompile(`^make(?: -f \.indexgen/\.github/release\.mk)?((?: [a-z0-9-]+)+)\n?$`)

// collect adds the targets of a make command, and is false for any other command.
func collect(targets map[string]bool, command string) bool {
	match := isMake.FindStringSubmatch(command)
	if match == nil {
		return false
	}
	for target := range strings.FieldsSeq(match[1]) {
		targets[target] = true
	}
	return true
}

// permissions looks for "permissions: {}" on top of each workflow, and a list for each job. A
// job without a list has what is on top, and that would be what the repository's settings say.
func permissions(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	isList := func(node yaml.Node) bool { return node.Kind == yaml.MappingNode }
	for _, w := range workflows(t, repo) {
		if !isList(w.Permissions) || len(w.Permissions.Content) > 0 {
			problems = append(problems, fmt.Sprintf("%s: found no top-level \"permissions: {}\"", w.file))
		}
		for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
			if !isList(w.Jobs[name].Permissions) {
				problems = append(problems, fmt.Sprintf("%s: job %s: found no list of permissions", w.file, name))
			}
		}
	}
	return problems
}

var isPinned = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9._-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

// actions looks for actions that are not pinned by commit with the version in a comment, which
// dependabot keeps up to date, or not by the same commit everywhere.
func actions(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	type use struct{ text, where string }
	first := map[string]use{}
	for _, file := range slices.Concat(glob(t, repo, ".github/workflows/*.y*ml"), ownActions(t, repo)) {
		var document yaml.Node
		parse(t, repo, file, &document)
		for _, node := range values(&document, "uses") {
			action := use{strings.TrimSpace(node.Value + " " + node.LineComment), fmt.Sprintf("%s:%d", file, node.Line)}
			name, _, _ := strings.Cut(node.Value, "@")
			switch other, known := first[name]; {
			case strings.HasPrefix(node.Value, "./"): // of the same commit
			case !isPinned.MatchString(action.text):
				problems = append(problems, fmt.Sprintf("%s: found %q, want an action's commit with its version in a comment", action.where, action.text))
			case !known:
				first[name] = action
			case action.text != other.text:
				problems = append(problems, fmt.Sprintf("%s: found %q, want what %s has", action.where, action.text, other.where))
			}
		}
	}
	if len(first) == 0 {
		problems = append(problems, "found no actions")
	}
	return problems
}

// values returns the values of a key, wherever it is in a document.
func values(node *yaml.Node, key string) (found []*yaml.Node) {
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 && child.Value == key {
			found = append(found, node.Content[i+1])
		}
		found = append(found, values(child, key)...)
	}
	return found
}

// versions compares the tools that actions install with those that make builds.
func versions(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	for _, tool := range []struct{ action, input, pin, module string }{
		{"goreleaser/goreleaser-action", "version", "tools/pins/goreleaser/go.mod", "github.com/goreleaser/goreleaser"},
		{"sigstore/cosign-installer", "cosign-release", "tools/pins/cosign/go.mod", "github.com/sigstore/cosign"},
	} {
		pinned := regexp.MustCompile(`(?m)^(?:require )?\s*` + regexp.QuoteMeta(tool.module) + `(?:/v\d+)? (v\S+)`).FindStringSubmatch(read(t, repo, tool.pin))
		if pinned == nil {
			problems = append(problems, fmt.Sprintf("%s: found no version of %s", tool.pin, tool.module))
			continue
		}
		used := false
		for _, w := range workflows(t, repo) {
			for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
				for _, step := range w.Jobs[name].Steps {
					if !strings.HasPrefix(step.Uses.Value, tool.action+"@") {
						continue
					}
					used = true
					if version := step.With[tool.input]; version != pinned[1] {
						problems = append(problems, fmt.Sprintf("%s:%d: found %s with %s %q, want %s as in %s",
							w.file, step.Uses.Line, tool.action, tool.input, version, pinned[1], tool.pin))
					}
				}
			}
		}
		if !used {
			problems = append(problems, "found no workflow that uses "+tool.action)
		}
	}
	return problems
}

// dependabot looks for modules and actions that nothing keeps up to date.
func dependabot(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	const file = ".github/dependabot.yml"
	var config struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
		}
	}
	parse(t, repo, file, &config)
	patterns := map[string][]string{} // by ecosystem
	for _, update := range config.Updates {
		all := update.Directories
		if update.Directory != "" {
			all = append(all, update.Directory)
		}
		patterns[update.Ecosystem] = append(patterns[update.Ecosystem], all...)
	}
	covered := func(ecosystem, directory string) bool {
		return slices.ContainsFunc(patterns[ecosystem], func(pattern string) bool { return matches(t, pattern, directory) })
	}
	directories := modules(t, repo)
	for _, directory := range directories {
		if !covered("gomod", directory) {
			problems = append(problems, fmt.Sprintf("%s: found nothing for %s", file, path.Join("/", directory, "go.mod")))
		}
	}
	for _, pattern := range patterns["gomod"] {
		if !slices.ContainsFunc(directories, func(directory string) bool { return matches(t, pattern, directory) }) {
			problems = append(problems, fmt.Sprintf("%s: found %q, want a directory with a go.mod", file, pattern))
		}
	}
	if !covered("github-actions", ".") {
		problems = append(problems, file+": found nothing for the workflows")
	}
	for _, action := range ownActions(t, repo) {
		if !covered("github-actions", path.Dir(action)) {
			problems = append(problems, fmt.Sprintf("%s: found nothing for /%s", file, action))
		}
	}
	return problems
}

// matches says whether one of dependabot's patterns, such as "/tools/*", is for a directory.
func matches(t *testing.T, pattern, directory string) bool {
	t.Helper()
	matched, err := path.Match(pattern, path.Join("/", directory))
	if err != nil {
		t.Fatalf("%q: %v", pattern, err)
	}
	return matched
}
