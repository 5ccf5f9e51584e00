package problem_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/internal/problem"

	"github.com/google/go-cmp/cmp"
)

func readPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// The table of fields on the page has exactly those of Problem, in its order.
func TestEveryFieldIsDocumented(t *testing.T) {
	_, section, ok := strings.Cut(readPage(t), "\n## Problems\n")
	if !ok {
		t.Fatal("found no section on problems")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var documented, want []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` +\\| [^|]+\\| (yes|no) ").FindAllStringSubmatch(section, -1) {
		documented = append(documented, row[1]+" "+row[2])
	}
	for field := range reflect.TypeFor[problem.Problem]().Fields() {
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		always := "yes"
		if option == "omitempty" {
			always = "no"
		}
		want = append(want, name+" "+always)
	}
	if diff := cmp.Diff(want, documented); diff != "" {
		t.Errorf("fields, and whether they are always there (-want +documented):\n%s", diff)
	}
}

// Every problem on the page is the JSON form of a Problem, and together they show every field.
func TestDocumentedProblemsAreReal(t *testing.T) {
	shown := map[string]bool{}
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(readPage(t), -1) {
		for decoder := json.NewDecoder(strings.NewReader(block[1])); ; {
			var report struct{ Problems, Warnings []json.RawMessage }
			err := decoder.Decode(&report)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in:\n%s", err, block[1])
			}
			for _, text := range slices.Concat(report.Problems, report.Warnings) {
				checkProblem(t, text)
				var fields map[string]any
				if err := json.Unmarshal(text, &fields); err != nil {
					t.Fatal(err)
				}
				for name := range fields {
					shown[name] = true
				}
			}
		}
	}
	for field := range reflect.TypeFor[problem.Problem]().Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); !shown[name] {
			t.Errorf("no problem on the page shows the field %s", name)
		}
	}
}

// checkProblem checks that a text is what a Problem is encoded to.
func checkProblem(t *testing.T, text []byte) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var p problem.Problem
	if err := decoder.Decode(&p); err != nil {
		t.Errorf("%v in:\n%s", err, text)
		return
	}
	var want, got bytes.Buffer
	if err := json.Compact(&want, text); err != nil {
		t.Fatal(err)
	}
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false) // as in reports
	if err := encoder.Encode(p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), strings.TrimSuffix(got.String(), "\n")); diff != "" {
		t.Errorf("a problem (-on the page +encoded):\n%s", diff)
	}
}
