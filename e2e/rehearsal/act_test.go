//go:build rehearsal

package rehearsal_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// workflowRun is a run of a workflow, by act.
type workflowRun struct {
	output string
	err    error
	store  string // what the stand-ins keep, and the traces
}

// event is the payload of an event on GitHub.
type event map[string]any

// pushed is the push of a tag.
func (c *checkout) pushed(t *testing.T, tag string, private bool) event {
	t.Helper()
	sha := strings.TrimSpace(c.git(t, "rev-parse", tag+"^{commit}"))
	return event{"ref": "refs/tags/" + tag, "after": sha, "deleted": false, "repository": repository(private)}
}

// completed is the end of a run of the release workflow.
func completed(trigger, branch string) event {
	return event{
		"workflow_run": event{
			"conclusion": "success", "event": trigger, "head_branch": branch, "head_repository": event{"full_name": owner + "/" + name},
		},
		"repository": repository(false),
	}
}

func repository(private bool) event {
	return event{
		"name": name, "full_name": owner + "/" + name, "default_branch": "main", "has_pages": true, "private": private,
		"owner": event{"login": owner, "type": "User"},
	}
}

// act runs a workflow of the clone as GitHub would after an event. Its jobs run on this machine, at
// linux/amd64; the jobs for macOS are left out, and linux/arm64 is emulated. The actions are the
// stand-ins. before maps a job to a shell script that runs before the job downloads artifacts.
func (c *checkout) act(t *testing.T, workflow, trigger string, payload event, before map[string]string) workflowRun {
	t.Helper()
	dir := t.TempDir()
	run := workflowRun{store: filepath.Join(dir, "store")}
	for _, path := range []string{"store/artifacts", "store/traces", "bin"} {
		if err := os.MkdirAll(filepath.Join(dir, path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for job, script := range before {
		write(t, filepath.Join(run.store, "before-download-in-"+job), script)
	}
	text, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "event.json"), string(text))
	traceMake(t, filepath.Join(dir, "bin", "make"))

	command := []string{
		"env", "-u", "GITHUB_TOKEN",
		"PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH"), "XDG_CACHE_HOME=" + filepath.Join(dir, "cache"),
		"GOCACHE=" + strings.TrimSpace(c.run(t, ".", "go", "env", "GOCACHE")),
		"REHEARSAL_ORIGIN=" + c.dir, "REHEARSAL_STORE=" + run.store, "EXEC=" + emulated + "=qemu-aarch64-static",
		tool(t, "ACT"), trigger, "--workflows", ".github/workflows/" + workflow, "--eventpath", filepath.Join(dir, "event.json"),
		"--no-skip-checkout", "--no-cache-server", "--log-prefix-job-id", "--secret", "GITHUB_TOKEN=" + token,
		"--env", "GITHUB_SERVER_URL=" + c.github.URL(), "--env", "GITHUB_API_URL=" + c.github.APIURL(),
		"--platform", "ubuntu-latest=-self-hosted", "--platform", "ubuntu-24.04-arm=-self-hosted", "--matrix", "os:linux",
	}
	for action, path := range standIns(t) {
		command = append(command, "--local-repository", action+"="+path)
	}
	for action, path := range c.actions {
		command = append(command, "--local-repository", action+"="+path)
	}
	c.github.Requests()
	run.output, run.err = c.try(t, c.dir, command...)
	run.output = strings.ReplaceAll(run.output, "\r", "")
	return run
}

// emulated is the platform whose plugins are started through an emulator.
const emulated = "linux/arm64"

// standIns returns the directories of the stand-ins by the repository and commit that they stand for.
func standIns(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	root, err := filepath.Abs("actions")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		stands := regexp.MustCompile(`^# Stands for ([^/\s]+/[^/\s]+)(\S*)(@[0-9a-f]{40}) # v`).FindSubmatch(text)
		if stands != nil { // act looks below the repository's directory for an action in a part of it
			all[string(stands[1])+string(stands[3])] = strings.TrimSuffix(filepath.Dir(path), string(stands[2]))
		}
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("found %d stand-ins, error %v", len(all), err)
	}
	return all
}

// traceMake writes a make that records every program that publish, start and pages start, directly or not.
// A trace of the other targets would take half as long again as they do. It answers make test at
// once, since CI runs that by itself.
func traceMake(t *testing.T, path string) {
	t.Helper()
	found := map[string]string{}
	for _, program := range []string{"strace", "make", "qemu-aarch64-static"} {
		var err error
		if found[program], err = exec.LookPath(program); err != nil {
			t.Fatalf("%v; run make packages first", err)
		}
	}
	write(t, path, strings.NewReplacer("STRACE", found["strace"], "MAKE", found["make"]).Replace(`#!/bin/sh
trace=
for target; do :; done
case $target in
test) exit ;;
publish | start | pages) trace='STRACE --seccomp-bpf -f -qq -s 300 -e trace=execve,execveat -o' ;;
esac
exec $trace ${trace:+"$REHEARSAL_STORE/traces/$target-$$"} MAKE "$@"
`))
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

var (
	startsProgram = regexp.MustCompile(`execve(?:at)?\(.*?"([^"]*)", \[([^\]]*)\]`)
	isPlugin      = regexp.MustCompile(`/(source|executor)_[a-z0-9-]+_[a-z0-9]+_[a-z0-9]+$`)
)

// starts returns the programs that a make target started, and those of them that are plugins, also
// through an emulator. It reads all traces of the target.
func (r workflowRun) starts(t *testing.T, target string) (programs, plugins []string) {
	t.Helper()
	traces, err := filepath.Glob(filepath.Join(r.store, "traces", target+"-*"))
	if err != nil || len(traces) == 0 {
		t.Fatalf("found no trace of make %s, error %v", target, err)
	}
	for _, trace := range traces {
		text, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			start := startsProgram.FindStringSubmatch(line)
			if start == nil {
				continue
			}
			program := start[1]
			if filepath.Base(program) == "qemu-aarch64-static" {
				_, argument, _ := strings.Cut(start[2], ", ")
				program = strings.Trim(argument, `"`)
			}
			programs = append(programs, filepath.Base(program))
			if isPlugin.MatchString(program) {
				plugins = append(plugins, filepath.Base(program))
			}
		}
	}
	slices.Sort(plugins)
	return programs, slices.Compact(plugins)
}
