package ci

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// ownActions returns the files of the actions that this repository has.
func ownActions(t *testing.T, repo fs.FS) []string {
	t.Helper()
	return glob(t, repo, ".github/actions/*/action.y*ml")
}

var isInput = regexp.MustCompile(`\binputs\.([a-z-]+)`)

// composites looks in the actions of this repository for expressions in shell scripts, where their value
// would be code, for inputs that are unknown or not used, and for actions of this repository, for which
// GitHub would look in the caller's. The guide has to list all inputs and outputs.
func composites(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	for _, file := range ownActions(t, repo) {
		var document yaml.Node
		parse(t, repo, file, &document)
		for _, run := range values(&document, "run") {
			if strings.Contains(run.Value, "${{") {
				problems = append(problems, fmt.Sprintf("%s:%d: found an expression in run, want an environment variable", file, run.Line))
			}
		}
		for _, uses := range values(&document, "uses") {
			if strings.HasPrefix(uses.Value, "./") {
				problems = append(problems, fmt.Sprintf("%s:%d: found %s, which would be one of the caller", file, uses.Line, uses.Value))
			}
		}
		var used []string
		for _, input := range isInput.FindAllStringSubmatch(read(t, repo, file), -1) {
			used = append(used, input[1])
		}
		inputs, outputs := described(t, repo, file, "inputs", &problems), described(t, repo, file, "outputs", &problems)
		for _, input := range inputs {
			if !slices.Contains(used, input) {
				problems = append(problems, fmt.Sprintf("%s: found no inputs.%s, want every input to be used", file, input))
			}
		}
		for _, input := range used {
			if !slices.Contains(inputs, input) {
				problems = append(problems, fmt.Sprintf("%s: found inputs.%s, want an input that is described", file, input))
			}
		}
		problems = append(problems, guided(t, repo, "Inputs", inputs)...)
		problems = append(problems, guided(t, repo, "Outputs", outputs)...)
	}
	return problems
}

// described returns the inputs or outputs of an action, and adds a problem for each without a description.
func described(t *testing.T, repo fs.FS, file, key string, problems *[]string) (names []string) {
	t.Helper()
	var action map[string]yaml.Node
	parse(t, repo, file, &action)
	all := action[key]
	for i := 0; i+1 < len(all.Content); i += 2 {
		name := all.Content[i].Value
		names = append(names, name)
		if len(values(all.Content[i+1], "description")) == 0 {
			*problems = append(*problems, fmt.Sprintf("%s: found no description of %s", file, name))
		}
	}
	return names
}

// guided compares the inputs or outputs of the action with those in a section of its guide.
func guided(t *testing.T, repo fs.FS, section string, want []string) []string {
	t.Helper()
	const guide = "docs/action.md"
	var found []string
	for _, row := range rows(t, repo, guide, section) {
		found = append(found, strings.Trim(row[0], "`"))
	}
	if slices.Equal(found, want) {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s: found %q, want %q", guide, section, found, want)}
}

// The action caches indexgen under the checksum of its sources, so they must be all that it is built from.
func TestActionHashesAllSources(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if .Main}}{{$.ImportPath}}{{end}}{{end}}", "./tools/indexgen")
	list.Dir = "../.."
	packages, err := list.Output()
	if err != nil || len(packages) == 0 {
		t.Fatalf("found %d bytes, error %v", len(packages), err)
	}
	text := read(t, os.DirFS("../.."), ".github/actions/indexgen/action.yml")
	found := regexp.MustCompile(`\$\(find ([^-]+) -type f `).FindStringSubmatch(text)
	if found == nil {
		t.Fatal("the action does not find its sources")
	}
	for name := range strings.FieldsSeq(string(packages)) {
		directory := strings.TrimPrefix(name, "botkube-plugins/")
		if !slices.ContainsFunc(strings.Fields(found[1]), func(source string) bool {
			return directory == source || strings.HasPrefix(directory, source+"/")
		}) {
			t.Errorf("found the sources %s, want %s as well", found[1], directory)
		}
	}
}
