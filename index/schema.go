package index

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// schemaFault is a place in a JSON Schema that the schema's draft does not
// allow.
type schemaFault struct {
	at          string // a JSON pointer as a URL fragment: "#/properties/a", or ""
	found, want string
}

// schemaChecker judges JSON Schemas without the network: by the meta-schemas
// that its library carries, and by following the references inside the schema.
type schemaChecker struct {
	metaSchemas map[*jsonschema.Draft]*jsonschema.Schema
}

func newSchemaChecker() *schemaChecker {
	return &schemaChecker{metaSchemas: map[*jsonschema.Draft]*jsonschema.Schema{}}
}

// check returns the faults of a schema, sorted by place.
func (c *schemaChecker) check(text string) []schemaFault {
	// Numbers become float64 and not, as the library offers, json.Number: on
	// those it computes exactly, and crashes on an exponent of many digits.
	var schema any
	if err := json.Unmarshal([]byte(text), &schema); err != nil {
		return []schemaFault{{found: quote(text), want: "a JSON Schema in JSON: " + jsonError(text, err)}}
	}
	draft, fault := draftOf(schema)
	if fault != nil {
		return []schemaFault{*fault}
	}
	faults := c.metaFaults(schema, draft)
	walk := walkSchema(schema, draft)
	faults = append(faults, walk.patternFaults()...)
	faults = append(faults, walk.referenceFaults()...)
	slices.SortFunc(faults, func(a, b schemaFault) int {
		return cmp.Or(strings.Compare(a.at, b.at), strings.Compare(a.want, b.want))
	})
	return faults
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
	return fmt.Sprintf("line %d: %s", 1+strings.Count(text[:end], "\n"), printable(err.Error()))
}

// knownDrafts are the values of $schema that are understood, with or without a
// # at the end, with http or https.
const knownDrafts = `http://json-schema.org/draft-04/schema#, http://json-schema.org/draft-06/schema#, ` +
	`http://json-schema.org/draft-07/schema#, https://json-schema.org/draft/2019-09/schema, ` +
	`https://json-schema.org/draft/2020-12/schema, or none for draft-07`

// draftOf returns the draft that the schema declares. Without one it is
// draft-07, by which Botkube's builder judges every schema (validateJSONSchemas
// in its pkg/plugin/index_builder.go).
func draftOf(schema any) (*jsonschema.Draft, *schemaFault) {
	object, ok := schema.(map[string]any)
	if !ok {
		return jsonschema.Draft7, nil
	}
	declared, ok := object["$schema"]
	if !ok {
		return jsonschema.Draft7, nil
	}
	uri, _ := declared.(string)
	scheme, name, _ := strings.Cut(strings.TrimSuffix(uri, "#"), "://")
	for _, draft := range []*jsonschema.Draft{
		jsonschema.Draft4, jsonschema.Draft6, jsonschema.Draft7, jsonschema.Draft2019, jsonschema.Draft2020,
	} {
		if _, known, _ := strings.Cut(draft.String(), "://"); name == known && (scheme == "http" || scheme == "https") {
			return draft, nil
		}
	}
	return nil, &schemaFault{at: "#/$schema", found: quoteJSON(declared), want: "one of " + knownDrafts}
}

// metaFaults validates the schema against the meta-schema of its draft.
func (c *schemaChecker) metaFaults(schema any, draft *jsonschema.Draft) []schemaFault {
	err := c.metaSchema(draft).Validate(schema)
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return nil
	}
	// Of a value that fits none of several forms, each form complains.
	messages := map[string][]string{}
	tokens := map[string][]string{}
	for _, leaf := range leaves(invalid) {
		if _, ok := leaf.ErrorKind.(*kind.PropertyNames); ok {
			continue // patterns, which walkSchema judges for every draft
		}
		at := pointer(leaf.InstanceLocation...)
		messages[at] = append(messages[at], leafMessage(leaf))
		tokens[at] = leaf.InstanceLocation
	}
	var faults []schemaFault
	for at, texts := range messages {
		value, _ := lookUp(schema, tokens[at])
		slices.Sort(texts)
		faults = append(faults, schemaFault{
			at:    fragment(at),
			found: quoteJSON(value),
			want:  fmt.Sprintf("what %s allows (%s)", draft, strings.Join(slices.Compact(texts), "; ")),
		})
	}
	return faults
}

func (c *schemaChecker) metaSchema(draft *jsonschema.Draft) *jsonschema.Schema {
	if meta, ok := c.metaSchemas[draft]; ok {
		return meta
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(refusingLoader{})
	compiler.UseRegexpEngine(compilePattern)
	compiler.AssertFormat() // for "format": "regex" of the newer drafts too
	meta := compiler.MustCompile(draft.String())
	c.metaSchemas[draft] = meta
	return meta
}

// refusingLoader keeps the library from reading files, its default.
type refusingLoader struct{}

func (refusingLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is not one of the meta-schemas at hand", url)
}

// leaves returns the innermost errors. Of several allowed forms, those that the
// value resembles most count: the ones whose errors lie deeper in it.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	switch e.ErrorKind.(type) {
	case *kind.PropertyNames:
		// The library gives a wrong place for what is wrong with the name.
		return []*jsonschema.ValidationError{e}
	case *kind.AnyOf, *kind.OneOf:
		if len(e.Causes) == 0 {
			break // one of which too many match
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

// leafMessage is the library's message without the place, in its format
// "at '<place>': <message>".
func leafMessage(e *jsonschema.ValidationError) string {
	bare := &jsonschema.ValidationError{ErrorKind: e.ErrorKind}
	return printable(strings.TrimPrefix(bare.Error(), "at '': "))
}

// compilePattern compiles a pattern as JSON Schema means it: by ECMA-262, which
// has lookaheads, unlike Go's own expressions. The engine knows only some names
// of Unicode properties, so those are not judged.
func compilePattern(pattern string) (jsonschema.Regexp, error) {
	compiled, err := regexp2.Compile(propertyClass.ReplaceAllString(pattern, `\p{L}`), regexp2.ECMAScript)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return ecmaPattern{compiled}, nil
}

var propertyClass = regexp.MustCompile(`\\[pP]\{[A-Za-z0-9_=]+\}`)

type ecmaPattern struct{ *regexp2.Regexp }

func (p ecmaPattern) MatchString(s string) bool {
	ok, err := p.Regexp.MatchString(s)
	return err == nil && ok
}
