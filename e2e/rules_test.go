package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/kubeshop/botkube/pkg/plugin"
	"gopkg.in/yaml.v3"
)

// rule is an index with at most one mistake, and the expected results.
type rule struct {
	name string
	// change changes a valid index of one source, ticker. publish is a change that also publishes
	// another file. Otherwise, text is the complete index.
	change  func(ix *plugin.Index)
	publish func(t *testing.T, s *site, ix *plugin.Index)
	text    string
	// botkube is part of the error of Botkube's decoder or Index.Validate. If it is empty, Botkube
	// accepts the index.
	botkube string
	// fields are the fields of indexgen's problems. If there are none, indexgen accepts the index.
	fields []string
	// reason says why indexgen rejects an index that Botkube accepts.
	reason string
	// shown demonstrates what Botkube's manager does with an index that indexgen rejects.
	shown func(t *testing.T, s *site, indexURL string)
}

// Indexgen rejects every index that Botkube rejects. If it rejects another index, it has a reason.
func TestValidateRejectsWhatBotkubeRejects(t *testing.T) {
	names := map[string]bool{}
	for _, r := range slices.Concat(validIndexes, rejectedByBotkube, rejectedEntries, rejectedArtifacts, rejectedSchemas) {
		if names[r.name] {
			t.Errorf("two rules are named %q", r.name)
		}
		names[r.name] = true
		t.Run(r.name, func(t *testing.T) {
			s, _ := publishDist(t)
			text := r.index(t, s)
			botkube := botkubeValidate(text)
			if r.botkube == "" && botkube != nil || r.botkube != "" && !strings.Contains(fmt.Sprint(botkube), r.botkube) {
				t.Errorf("Botkube: found error %v, want %q", botkube, r.botkube)
			}
			fields := indexgenValidate(t, text)
			if !slices.Equal(fields, r.fields) {
				t.Errorf("indexgen: found faults in %q, want %q", fields, r.fields)
			}
			if botkube != nil && len(fields) == 0 {
				t.Errorf("Botkube rejects what indexgen accepts: %v", botkube)
			}
			if (r.reason != "") != (botkube == nil && len(fields) > 0) {
				t.Errorf("the reason %q must be there just if indexgen alone rejects the index", r.reason)
			}
			if r.shown != nil && !t.Failed() {
				r.shown(t, s, s.put("plugins-index.yaml", text))
			}
		})
	}
	if len(names) < 40 {
		t.Errorf("found %d rules, want at least 40", len(names))
	}
}

// index returns the index with its mistake. It is based on the entry of the ticker in dist, with
// the artifact for this machine first.
func (r rule) index(t *testing.T, s *site) []byte {
	t.Helper()
	if r.text != "" {
		return []byte(r.text)
	}
	var ix plugin.Index
	for _, entry := range s.index(t).Entries {
		if entry.Name == "ticker" {
			ix.Entries = append(ix.Entries, entry)
		}
	}
	if len(ix.Entries) != 1 {
		t.Fatalf("found %d entries of the ticker, want one", len(ix.Entries))
	}
	artifacts := ix.Entries[0].URLs
	host := slices.IndexFunc(artifacts, func(a plugin.IndexURL) bool {
		return a.Platform == plugin.IndexURLPlatform{OS: runtime.GOOS, Arch: runtime.GOARCH}
	})
	artifacts[0], artifacts[host] = artifacts[host], artifacts[0]
	if r.publish != nil {
		r.publish(t, s, &ix)
	} else {
		r.change(&ix)
	}
	text, err := yaml.Marshal(ix)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// botkubeValidate reads an index as newStoreRepositories in Botkube's pkg/plugin/store.go does.
func botkubeValidate(text []byte) error {
	var ix plugin.Index
	if err := yaml.Unmarshal(text, &ix); err != nil {
		return err
	}
	return ix.Validate()
}

// indexgenValidate returns the fields of indexgen's problems, in order.
func indexgenValidate(t *testing.T, text []byte) []string {
	t.Helper()
	cmd := exec.Command(built(t, buildIndexgen), "validate", "--json", "-")
	cmd.Stdin = bytes.NewReader(text)
	output, err := cmd.Output()
	const notInstallable = 3
	exit := new(exec.ExitError)
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != notInstallable) {
		t.Fatalf("indexgen validate: %v\n%s", err, exit.Stderr)
	}
	var report struct {
		Problems []struct{ Field, Found, Want string }
	}
	if err := json.Unmarshal(output, &report); err != nil {
		t.Fatalf("%v in %s", err, output)
	}
	if (len(report.Problems) > 0) != (err != nil) {
		t.Errorf("found %d problems and exit status %v", len(report.Problems), err)
	}
	var fields []string
	for _, p := range report.Problems {
		if p.Found == "" || p.Want == "" {
			t.Errorf("%s: found %q, want %q: a part is missing", p.Field, p.Found, p.Want)
		}
		field := p.Field
		if _, inEntry, ok := strings.Cut(field, "]."); ok { // entries[N].
			field = inEntry
		}
		fields = append(fields, field)
	}
	return fields
}
