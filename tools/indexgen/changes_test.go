package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"botkube-plugins/index"
)

// At the tag of a release, make changes rejects a breaking change that the tag does not permit.
func TestMakeChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := makeEnv(t, dir)
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = dir, env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "--quiet")
	git("commit", "--quiet", "--allow-empty", "--message", "First\n\nBreaking: not a tag")
	from, to := writeEntry(t, dir, "1.0.0", "100"), writeEntry(t, dir, "1.1.0", "5")
	broken := filepath.Join(dir, "broken.yaml")
	if err := os.WriteFile(broken, []byte("<!DOCTYPE html>\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(vars ...string) (string, error) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "make", append([]string{"--no-print-directory", "-C", "../..", "changes"}, vars...)...)
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	const breaks, notes = "without a new major version", "## What changes for operators"
	for _, step := range []struct {
		tag    []string
		latest string
		fails  bool
		want   string
	}{
		{nil, "", false, "LATEST_INDEX is not set"},
		{nil, filepath.Join(dir, "missing.yaml"), false, "does not exist, so there is nothing to compare with"},
		{nil, broken, true, "want an index that Botkube can read"},
		{nil, from, false, notes},
		{[]string{"nightly"}, from, false, notes},
		{[]string{"v1.1.0"}, from, true, breaks},
		{[]string{"v1.1.0"}, from, true, `the line "Breaking: <reason>": git tag --annotate --force v1.1.0`},
		{[]string{"--annotate", "--message", "Version 1.1.0\n\nIt is Breaking: no", "v1.1.0"}, from, true, breaks},
		{[]string{"--annotate", "--message", "Version 1.1.0\n\nBreaking: ", "v1.1.0"}, from, true, breaks},
		{[]string{"--annotate", "--message", "Version 1.1.0\n\nBreaking: $(id) `id` 'x'", "v1.1.0"}, broken, true, "want an index that Botkube can read"},
		{[]string{"--annotate", "--message", "Version 1.1.0\n\nBreaking: $(id) `id` 'x'", "v1.1.0"}, from, false, "because: `$(id) 'id' 'x'`"},
	} {
		if step.tag != nil {
			git(append([]string{"tag", "--force"}, step.tag...)...)
		}
		out, err := run("LATEST_INDEX="+step.latest, "INDEX="+to)
		if (err != nil) != step.fails || !strings.Contains(out, step.want) {
			t.Errorf("tag %q, latest index %q: found error %v and\n%s\nwant %q", step.tag, step.latest, err, out, step.want)
		}
	}
	// The summary of a job and the notes of a release get the same.
	summary, changes := filepath.Join(dir, "summary.md"), filepath.Join(dir, "changes.md")
	if out, err := run("LATEST_INDEX="+from, "INDEX="+to, "GITHUB_STEP_SUMMARY="+summary, "CHANGES="+changes); err != nil {
		t.Errorf("found error %v and\n%s", err, out)
	}
	for _, file := range []string{summary, changes} {
		if text, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(text), notes) {
			t.Errorf("%s: found %q, error %v", file, text, err)
		}
	}
}

// makeEnv returns the environment of a make for which dir is the repository.
func makeEnv(t *testing.T, dir string) (env []string) {
	t.Helper()
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "MAKE") && !strings.HasPrefix(v, "MFLAGS=") && !strings.HasPrefix(v, "GIT") {
			env = append(env, v)
		}
	}
	return append(env, "GIT_DIR="+filepath.Join(dir, ".git"), "GOFLAGS=-buildvcs=false",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
}

// writeEntry writes an index of a plugin whose config has a text of a largest length.
func writeEntry(t *testing.T, dir, version, maxLength string) string {
	t.Helper()
	data, err := index.Encode(index.Index{Entries: []index.Entry{{
		Name: "clock", Type: index.TypeSource, Version: version,
		JSONSchema: index.JSONSchema{Value: `{"properties": {"zone": {"type": "string", "maxLength": ` + maxLength + `}}}`},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, version+".yaml")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
