package jsonschema

import (
	"context"
	"reflect"
	"time"

	"botkube-plugins/internal/problem"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Verdict says what becomes of the values that were valid under an old schema.
type Verdict string

// The verdicts of Compare.
const (
	Compatible Verdict = "compatible" // all of them are still valid
	Breaking   Verdict = "breaking"   // at least one of them no longer is
	Unknown    Verdict = "unknown"    // neither could be shown
)

// Comparison is the result of Compare.
type Comparison struct {
	Verdict Verdict
	// Witness is a value that is valid under the old schema and invalid under the new one. It is set
	// if the verdict is Breaking.
	Witness any
	// Problems are those of the witness under the new schema.
	Problems problem.List
	// Reason says why the verdict is Unknown.
	Reason string
}

// Comparer compares schemas. It compiles each meta-schema once.
type Comparer struct{ checker *Checker }

// NewComparer returns a Comparer for schemas of all drafts.
func NewComparer() *Comparer { return &Comparer{NewChecker()} }

// Compare says whether each value that is valid under the old schema is valid under the new one.
// Compatible means that this was proven from the structure of the schemas. Breaking means that the
// validator itself accepts the witness under the old schema, and rejects it under the new one. Time
// and memory are bounded; what cannot be decided within the bounds is Unknown. Compare returns an
// error only if the context ends.
func (c *Comparer) Compare(ctx context.Context, oldText, newText string) (Comparison, error) {
	was, err := c.checker.compile(oldText)
	if err != nil {
		return unknown("the old schema cannot be used: " + problem.OneLine(err.Error())), nil
	}
	is, err := c.checker.compile(newText)
	if err != nil {
		return unknown("the new schema cannot be used: " + problem.OneLine(err.Error())), nil
	}
	if reflect.DeepEqual(was.document, is.document) {
		return Comparison{Verdict: Compatible}, nil
	}
	limited, cancel := context.WithTimeout(ctx, compareTime)
	defer cancel()
	result := unknown("it takes too long")
	_ = was.meter.run(limited, func() { // an error leaves the result as it is
		_ = is.meter.run(limited, func() { result = compare(limited, was, is) })
	})
	if ctx.Err() != nil {
		return Comparison{}, context.Cause(ctx)
	}
	return result, nil
}

func unknown(reason string) Comparison { return Comparison{Verdict: Unknown, Reason: reason} }

func compare(ctx context.Context, was, is *Schema) Comparison {
	reason := ""
	switch {
	case mentions(was.document, "$dynamicRef", "$recursiveRef") || mentions(is.document, "$dynamicRef", "$recursiveRef"):
		reason = "$dynamicRef and $recursiveRef are not analyzed"
	case endless(was.compiled) || endless(is.compiled):
		reason = "a schema refers to itself without end"
	default:
		p := newProver(ctx)
		if p.within(newSet(was.compiled), is.compiled) {
			return Comparison{Verdict: Compatible}
		}
		reason = p.reason()
	}
	witness, found := findWitness(ctx, was, is)
	if !found {
		return unknown(reason)
	}
	problems, err := is.Judge(ctx, witness, nil)
	if err != nil {
		return unknown(err.Error())
	}
	return Comparison{Verdict: Breaking, Witness: witness, Problems: problems}
}

// mentions reports whether a schema has one of the keys anywhere.
func mentions(node any, keys ...string) bool {
	switch node := node.(type) {
	case map[string]any:
		for _, key := range keys {
			if _, ok := node[key]; ok {
				return true
			}
		}
		for _, v := range node {
			if mentions(v, keys...) {
				return true
			}
		}
	case []any:
		for _, v := range node {
			if mentions(v, keys...) {
				return true
			}
		}
	}
	return false
}

// endless reports whether a schema, or one below it, applies itself again to the same value. Whether
// the validator then accepts a value depends on where it began.
func endless(root *jsonschema.Schema) bool {
	const open, done = 1, 2
	state := map[*jsonschema.Schema]int{}
	cycle := false
	var visit func(s *jsonschema.Schema)
	visit = func(s *jsonschema.Schema) {
		state[s] = open
		for _, sub := range sameValue(s) {
			switch state[sub] {
			case open:
				cycle = true
			case 0:
				visit(sub)
			}
		}
		state[s] = done
	}
	for _, s := range everySchema(root) {
		if state[s] == 0 {
			visit(s)
		}
	}
	return cycle
}

// everySchema returns a schema and all below it.
func everySchema(root *jsonschema.Schema) []*jsonschema.Schema {
	seen := map[*jsonschema.Schema]bool{root: true}
	all := []*jsonschema.Schema{root}
	for i := 0; i < len(all); i++ {
		for _, sub := range append(sameValue(all[i]), childValues(all[i])...) {
			if !seen[sub] {
				seen[sub] = true
				all = append(all, sub)
			}
		}
	}
	return all
}

// sameValue returns the schemas that a schema may apply to the value that it is applied to.
func sameValue(s *jsonschema.Schema) (subs []*jsonschema.Schema) {
	for _, sub := range []*jsonschema.Schema{s.Ref, s.Not, s.If, s.Then, s.Else} {
		if sub != nil {
			subs = append(subs, sub)
		}
	}
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		subs = append(subs, list...)
	}
	for _, name := range sortedKeys(s.Dependencies) {
		if sub, ok := s.Dependencies[name].(*jsonschema.Schema); ok {
			subs = append(subs, sub)
		}
	}
	for _, name := range sortedKeys(s.DependentSchemas) {
		subs = append(subs, s.DependentSchemas[name])
	}
	return subs
}

// childValues returns the schemas that a schema may apply to the values in the value that it is
// applied to, and to its names.
func childValues(s *jsonschema.Schema) (subs []*jsonschema.Schema) {
	for _, name := range sortedKeys(s.Properties) {
		subs = append(subs, s.Properties[name])
	}
	for _, pattern := range sortedPatterns(s) {
		subs = append(subs, s.PatternProperties[pattern])
	}
	prefix, rest := itemsOf(s)
	subs = append(subs, prefix...)
	additional, _ := s.AdditionalProperties.(*jsonschema.Schema)
	for _, sub := range []*jsonschema.Schema{additional, rest, s.Contains, s.PropertyNames, s.UnevaluatedItems, s.UnevaluatedProperties} {
		if sub != nil {
			subs = append(subs, sub)
		}
	}
	return subs
}

// compareTime is how long a comparison, or judging an example, may take.
const compareTime = 2 * time.Second
