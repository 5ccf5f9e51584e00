// Package jsonschema reads the JSON Schemas of plugins: it checks a schema against its draft,
// checks a value against a schema, collects the defaults in a schema, and compares two schemas.
//
// It never opens a file or a connection. The meta-schemas come with its library, and a
// reference to another document is not followed.
package jsonschema

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"botkube-plugins/internal/problem"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Checker checks schemas against the meta-schemas of their drafts. It compiles each
// meta-schema once. It can be used by several goroutines at once.
type Checker struct {
	mutex       sync.Mutex
	metaSchemas map[*jsonschema.Draft]*jsonschema.Schema
	patterns    patterns
}

// NewChecker returns a Checker for schemas of all drafts.
func NewChecker() *Checker {
	return &Checker{
		metaSchemas: map[*jsonschema.Draft]*jsonschema.Schema{},
		patterns:    patterns{known: map[string]jsonschema.Regexp{}},
	}
}

// Check returns a problem for everything that the schema's draft does not allow, sorted by place.
// The field of a problem is a JSON pointer such as "#/properties/interval", or empty for the schema
// itself. A schema that exceeds the limits of this package is a problem, too.
func (c *Checker) Check(text string) problem.Limited {
	_, _, problems := c.parse(text)
	return problems
}

// parse is Check, and also returns the schema and its draft if there are no problems.
func (c *Checker) parse(text string) (schema any, draft *jsonschema.Draft, problems problem.Limited) {
	if p := checkSize(text); p != nil {
		return nil, nil, problem.Limit(problem.List{*p})
	}
	// Numbers become float64. The library computes exactly with a json.Number, and crashes on an
	// exponent of many digits.
	if err := json.Unmarshal([]byte(text), &schema); err != nil {
		return nil, nil, problem.Limit(problem.List{{Found: problem.Quote(text), Want: "a JSON Schema in JSON: " + jsonError(text, err)}})
	}
	if depth(schema) > maxDepth {
		return nil, nil, problem.Limit(problem.List{*limitProblem("a deeply nested schema", fmt.Sprintf("at most %d levels", maxDepth))})
	}
	draft, ok := draftOf(schema)
	if !ok {
		declared := schema.(map[string]any)["$schema"]
		return nil, nil, problem.Limit(problem.List{{Field: "#/$schema", Found: problem.Value(declared), Want: "one of " + knownDrafts}})
	}
	walk := walkSchema(schema, draft)
	var list problem.List
	for _, found := range []problem.Limited{c.metaProblems(schema, draft), walk.patternProblems(c.patterns.compile), walk.referenceProblems()} {
		list = append(list, found.Kept...)
		problems.More += found.More
	}
	slices.SortFunc(list, problem.Compare)
	problems.Add(list...)
	return schema, draft, problems
}

func jsonError(text string, err error) string {
	offset := int64(0)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = syntax.Offset
	}
	if number, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset, err = number.Offset, errors.New(number.Value+" is out of range")
	}
	end := min(int(offset), len(text))
	return fmt.Sprintf("line %d: %s", 1+strings.Count(text[:end], "\n"), problem.Line(err.Error()))
}

// knownDrafts lists the known values of $schema for messages. A trailing # is optional, and http
// and https are equivalent.
const knownDrafts = `http://json-schema.org/draft-04/schema#, http://json-schema.org/draft-06/schema#, ` +
	`http://json-schema.org/draft-07/schema#, https://json-schema.org/draft/2019-09/schema, ` +
	`https://json-schema.org/draft/2020-12/schema, or none for draft-07`

// draftOf returns the draft that the schema declares. Without a declaration it is draft-07,
// which Botkube's index builder applies to every schema (validateJSONSchemas in its
// pkg/plugin/index_builder.go).
func draftOf(schema any) (draft *jsonschema.Draft, ok bool) {
	object, _ := schema.(map[string]any)
	declared, ok := object["$schema"]
	if !ok {
		return jsonschema.Draft7, true
	}
	uri, _ := declared.(string)
	scheme, name, _ := strings.Cut(strings.TrimSuffix(uri, "#"), "://")
	for _, draft := range []*jsonschema.Draft{
		jsonschema.Draft4, jsonschema.Draft6, jsonschema.Draft7, jsonschema.Draft2019, jsonschema.Draft2020,
	} {
		if _, known, _ := strings.Cut(draft.String(), "://"); name == known && (scheme == "http" || scheme == "https") {
			return draft, true
		}
	}
	return nil, false
}

// metaProblems validates the schema against the meta-schema of its draft.
func (c *Checker) metaProblems(schema any, draft *jsonschema.Draft) (problems problem.Limited) {
	err := c.metaSchema(draft).Validate(schema)
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return problems
	}
	found := slices.DeleteFunc(leaves(invalid), func(e *jsonschema.ValidationError) bool {
		_, ok := e.ErrorKind.(*kind.PropertyNames)
		return ok // a pattern: patternProblems checks those of every draft
	})
	slices.SortFunc(found, comparePlaces)
	for len(found) > 0 {
		// If a value matches none of several forms, each form reports an error for the same place.
		n := 1
		for n < len(found) && comparePlaces(found[0], found[n]) == 0 {
			n++
		}
		if problems.Full() {
			problems.More++ // its pointer may be long
		} else {
			problems.Add(metaProblem(schema, draft, found[:n]))
		}
		found = found[n:]
	}
	return problems
}

func comparePlaces(a, b *jsonschema.ValidationError) int {
	return slices.Compare(a.InstanceLocation, b.InstanceLocation)
}

// metaProblem makes one problem of all errors at one place.
func metaProblem(schema any, draft *jsonschema.Draft, errs []*jsonschema.ValidationError) problem.Problem {
	at := errs[0].InstanceLocation
	value, _ := lookUp(schema, at)
	var texts []string
	for _, e := range errs {
		texts = append(texts, leafMessage(e))
	}
	slices.Sort(texts)
	return problem.Problem{
		Field: fragment(pointer(at...)),
		Found: problem.Value(value),
		Want:  fmt.Sprintf("what %s allows (%s)", draft, strings.Join(slices.Compact(texts), "; ")),
	}
}

func (c *Checker) metaSchema(draft *jsonschema.Draft) *jsonschema.Schema {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if meta, ok := c.metaSchemas[draft]; ok {
		return meta
	}
	compiler := newCompiler(c.patterns.compile)
	compiler.AssertFormat() // for "format": "regex" of the newer drafts too
	meta := compiler.MustCompile(draft.String())
	c.metaSchemas[draft] = meta
	return meta
}

func newCompiler(engine jsonschema.RegexpEngine) *jsonschema.Compiler {
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(refusingLoader{})
	compiler.UseRegexpEngine(engine)
	return compiler
}

// refusingLoader stops the library from reading files, which it does by default.
type refusingLoader struct{}

func (refusingLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is not a known meta-schema", url)
}

// leaves returns the innermost errors. If several forms are allowed, it returns only the errors of
// the form that the value resembles most: those deepest in the value.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	switch e.ErrorKind.(type) {
	case *kind.PropertyNames:
		// The library reports a wrong place for the errors inside.
		return []*jsonschema.ValidationError{e}
	case *kind.AnyOf, *kind.OneOf:
		if len(e.Causes) == 0 {
			break // the value matches more than one form of a oneOf
		}
		depth := 0
		var out []*jsonschema.ValidationError
		for _, cause := range e.Causes {
			form := leaves(cause)
			d := 0
			for _, leaf := range form {
				d = max(d, len(leaf.InstanceLocation))
			}
			if d > depth {
				depth, out = d, nil
			}
			if d == depth {
				out = append(out, form...)
			}
		}
		return out
	}
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var out []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		out = append(out, leaves(cause)...)
	}
	return out
}

// leafMessage returns the library's message without its place, which the library writes as
// "at '<place>': <message>".
func leafMessage(e *jsonschema.ValidationError) string {
	bare := &jsonschema.ValidationError{ErrorKind: e.ErrorKind}
	return problem.Line(strings.TrimPrefix(bare.Error(), "at '': "))
}
