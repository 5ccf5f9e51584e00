package index

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// ValueProblem is a place in a value that a JSON Schema does not allow.
type ValueProblem struct {
	// Path leads to the place: names of properties, and positions in lists from 0.
	Path []string
	// Key says that the last of Path is a property that must not be there.
	Key bool
	// Found and Want say what is there, quoted and shortened, and what should be.
	Found, Want string
}

// CheckValue returns all problems of a value by a plugin's JSON Schema, sorted
// by path. The value is one as json.Unmarshal makes it. An error says why the
// schema cannot be used; such a schema is a [Problem] of the index, unless it
// refers to another document, which is not fetched.
func CheckValue(schema string, value any) ([]ValueProblem, error) {
	compiled, document, err := compile(schema)
	if err != nil {
		return nil, err
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](compiled.Validate(value))
	if !ok {
		return nil, nil
	}
	var problems []ValueProblem
	for _, leaf := range leaves(invalid) {
		problems = append(problems, valueProblems(leaf, document, value)...)
	}
	slices.SortFunc(problems, func(a, b ValueProblem) int {
		return cmp.Or(slices.Compare(a.Path, b.Path), cmp.Compare(a.Found, b.Found), cmp.Compare(a.Want, b.Want))
	})
	return merge(problems), nil
}

// merge makes one of the problems that have the same place, each with a want of
// its own.
func merge(problems []ValueProblem) []ValueProblem {
	var merged []ValueProblem
	for _, p := range problems {
		last := len(merged) - 1
		if last < 0 || !slices.Equal(merged[last].Path, p.Path) || merged[last].Found != p.Found {
			merged = append(merged, p)
		} else if merged[last].Want != p.Want {
			merged[last].Want += "; " + p.Want
		}
	}
	return merged
}

func compile(schema string) (*jsonschema.Schema, any, error) {
	if faults := newSchemaChecker().check(schema); len(faults) > 0 {
		f := faults[0]
		return nil, nil, fmt.Errorf("jsonSchema%s: found %s, want %s", f.at, f.found, f.want)
	}
	var document any
	if err := json.Unmarshal([]byte(schema), &document); err != nil {
		return nil, nil, err
	}
	draft, _ := draftOf(document)
	const name = "https://schema.invalid/" // below which relative references lie
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(draft)
	compiler.UseLoader(refusingLoader{})
	compiler.UseRegexpEngine(compilePattern)
	if err := compiler.AddResource(name, document); err != nil {
		return nil, nil, err
	}
	compiled, err := compiler.Compile(name)
	if other, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
		return nil, nil, fmt.Errorf("it refers to %s, which is not fetched", printable(strings.TrimPrefix(other.URL, name)))
	}
	return compiled, document, err
}

// valueProblems words an error for people who know the value, not the schema.
func valueProblems(leaf *jsonschema.ValidationError, schema, value any) []ValueProblem {
	path := leaf.InstanceLocation
	found, _ := lookUp(value, path)
	problem := ValueProblem{Path: path, Found: quoteJSON(found)}
	switch k := leaf.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		var problems []ValueProblem
		for _, name := range k.Properties {
			problems = append(problems, ValueProblem{
				Path:  append(slices.Clone(path), name),
				Key:   true,
				Found: "an unknown field",
				Want:  wantField(schema, leaf.SchemaURL),
			})
		}
		return problems
	case *kind.Required:
		var problems []ValueProblem
		for _, name := range k.Missing {
			problems = append(problems, ValueProblem{Path: path, Found: "no field " + quote(name), Want: "it, as it is required"})
		}
		return problems
	case *kind.PropertyNames:
		problem.Path = append(slices.Clone(path), k.Property)
		problem.Key = true
		problem.Found = "the name " + quote(k.Property)
		problem.Want = "a name that the schema allows"
	case *kind.Type:
		problem.Want = strings.Join(k.Want, " or ")
	case *kind.Pattern:
		problem.Want = "a match of " + printable(k.Want)
	case *kind.Enum, *kind.Const:
		problem.Want = strings.TrimPrefix(leafMessage(leaf), "value must be ")
	default:
		problem.Want = fmt.Sprintf("what the schema allows (%s)", leafMessage(leaf))
	}
	return []ValueProblem{problem}
}

// wantField lists the properties of the schema at a location, a URL whose
// fragment is a JSON pointer.
func wantField(schema any, location string) string {
	_, at, _ := strings.Cut(location, "#/")
	var tokens []string
	if at, err := url.PathUnescape(at); err == nil && at != "" {
		tokens = splitPointer(at)
	}
	object, _ := lookUp(schema, tokens)
	fields, _ := object.(map[string]any)
	properties, _ := fields["properties"].(map[string]any)
	if len(properties) == 0 {
		return "no fields"
	}
	names := slices.Sorted(maps.Keys(properties))
	return "one of: " + printable(strings.Join(names, ", "))
}
