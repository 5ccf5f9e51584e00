package jsonschema

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"botkube-plugins/internal/problem"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxProofSteps bounds the time of a proof.
const maxProofSteps = 20_000

// prover shows that all values of a set are valid under a schema. If it cannot show it, the opposite
// need not be true.
type prover struct {
	ctx   context.Context
	steps int
	path  []string // to the values that are looked at
	open  []goal
	// without holds copies of schemas without one of their disjunctions.
	without map[disjunction]*jsonschema.Schema

	failedFor string // the keyword of the first step that failed
	failedAt  []string
}

// goal is a proof that has begun.
type goal struct {
	key   string
	depth int // of the values
}

type disjunction struct {
	of    *jsonschema.Schema
	oneOf bool
}

func newProver(ctx context.Context) *prover {
	return &prover{ctx: ctx, steps: maxProofSteps, without: map[disjunction]*jsonschema.Schema{}}
}

// reason says which step failed.
func (p *prover) reason() string {
	if p.steps <= 0 || p.ctx.Err() != nil {
		return "the schemas are too large to be compared"
	}
	if len(p.failedAt) == 0 {
		return fmt.Sprintf("a change of %s cannot be analyzed", p.failedFor)
	}
	return fmt.Sprintf("a change of %s at %s cannot be analyzed", p.failedFor, problem.Line(field(p.failedAt)))
}

func (p *prover) fail(keyword string) bool {
	if p.failedFor == "" {
		p.failedFor, p.failedAt = keyword, slices.Clone(p.path)
	}
	return false
}

// below is within for the values at a name in those of the set.
func (p *prover) below(name string, was set, is *jsonschema.Schema) bool {
	p.path = append(p.path, name)
	defer func() { p.path = p.path[:len(p.path)-1] }()
	return p.within(was, is)
}

// within reports whether it can show that all values of a set are valid under a schema.
func (p *prover) within(was set, is *jsonschema.Schema) bool {
	if p.steps--; p.steps < 0 || p.ctx.Err() != nil {
		return false
	}
	if was.empty() || slices.Contains(was.parts, is) {
		return true
	}
	if is.Bool != nil {
		return *is.Bool || p.fail("what is allowed")
	}
	if values, ok := was.values(); ok {
		for _, v := range values {
			if is.Validate(v) != nil {
				return p.fail("enum or const")
			}
		}
		return true
	}
	// A schema may contain itself. If the proof for values needs the same proof for the smaller values
	// inside them, it is a proof by induction.
	g := goal{goalKey(was, is), len(p.path)}
	for _, open := range p.open {
		if open.key == g.key {
			return open.depth < g.depth
		}
	}
	p.open = append(p.open, g)
	defer func() { p.open = p.open[:len(p.open)-1] }()
	return p.direct(was, is) || p.byCases(was, is)
}

func goalKey(was set, is *jsonschema.Schema) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%p %d", is, was.kinds)
	for _, part := range was.parts {
		fmt.Fprintf(&b, " %p", part)
	}
	return b.String()
}

// byCases divides the set into parts, and shows that each is within the schema.
func (p *prover) byCases(was set, is *jsonschema.Schema) bool {
	if cases := p.cases(was); cases != nil {
		return !slices.ContainsFunc(cases, func(c set) bool { return !p.within(c, is) })
	}
	if len(is.AnyOf)+len(is.OneOf) == 0 && is.Enum == nil && is.If == nil {
		return false
	}
	var all []set
	for k := nulls; k <= objects; k <<= 1 {
		if was.kinds&k != 0 {
			all = append(all, was.of(k))
		}
	}
	return len(all) > 1 && !slices.ContainsFunc(all, func(c set) bool { return !p.within(c, is) })
}

// cases divides the set by the first anyOf or oneOf, or returns nil if there is none.
func (p *prover) cases(was set) (cases []set) {
	for i, part := range was.parts {
		for _, d := range []disjunction{{part, false}, {part, true}} {
			branches := part.AnyOf
			if d.oneOf {
				branches = part.OneOf
			}
			if len(branches) < 2 {
				continue
			}
			if p.without[d] == nil {
				rest := *part
				if d.oneOf {
					rest.OneOf = nil
				} else {
					rest.AnyOf = nil
				}
				rest.UnevaluatedItems, rest.UnevaluatedProperties = nil, nil // they depend on the branch
				p.without[d] = &rest
			}
			base := set{slices.Clone(was.parts), was.kinds}
			base.parts[i] = p.without[d]
			for _, branch := range branches {
				cases = append(cases, base.with(branch))
			}
			return cases
		}
	}
	return nil
}

// disjoint reports whether it can show that no value of the set is valid under the schema.
func (p *prover) disjoint(was set, other *jsonschema.Schema) bool {
	return p.impossible(was.with(other))
}

// impossible reports whether it can show that the set is empty.
func (p *prover) impossible(s set) bool {
	if p.steps--; p.steps < 0 {
		return false
	}
	if s.empty() {
		return true
	}
	cases := p.cases(s)
	return cases != nil && !slices.ContainsFunc(cases, func(c set) bool { return !p.impossible(c) })
}

// direct shows that each keyword of the schema allows all values of the set.
func (p *prover) direct(was set, is *jsonschema.Schema) bool {
	if was.kinds&^kindsOf(is.Types) != 0 {
		return p.fail("type")
	}
	if is.Const != nil || is.Enum != nil {
		return p.fail("enum or const")
	}
	if is.Ref != nil && !p.within(was, is.Ref) {
		return p.fail("$ref")
	}
	for _, sub := range is.AllOf {
		if !p.within(was, sub) {
			return p.fail("allOf")
		}
	}
	if !p.anyOf(was, is) || !p.oneOf(was, is) || !p.not(was, is) || !p.conditional(was, is) {
		return false
	}
	for _, check := range []struct {
		kinds kinds
		holds func(set, *jsonschema.Schema) bool
	}{{integers | fractions, p.numbers}, {texts, p.texts}, {lists, p.lists}, {objects, p.objects}} {
		if some := was.of(check.kinds); !some.empty() && !check.holds(some, is) {
			return false
		}
	}
	return true
}

func (p *prover) anyOf(was set, is *jsonschema.Schema) bool {
	if len(is.AnyOf) == 0 {
		return true
	}
	return slices.ContainsFunc(is.AnyOf, func(sub *jsonschema.Schema) bool { return p.within(was, sub) }) || p.fail("anyOf")
}

func (p *prover) oneOf(was set, is *jsonschema.Schema) bool {
	if len(is.OneOf) == 0 {
		return true
	}
	for i, sub := range is.OneOf {
		others := slices.Delete(slices.Clone(is.OneOf), i, i+1)
		if !slices.ContainsFunc(others, func(other *jsonschema.Schema) bool { return !p.disjoint(was, other) }) && p.within(was, sub) {
			return true
		}
	}
	for _, part := range was.parts {
		if p.equivalent(part.OneOf, is.OneOf) {
			return true
		}
	}
	return p.fail("oneOf")
}

// equivalent shows that the schemas of two lists allow the same values, each pair of them.
func (p *prover) equivalent(was, is []*jsonschema.Schema) bool {
	if len(was) != len(is) {
		return false
	}
	for i := range was {
		if !p.within(newSet(was[i]), is[i]) || !p.within(newSet(is[i]), was[i]) {
			return false
		}
	}
	return true
}

func (p *prover) not(was set, is *jsonschema.Schema) bool {
	if is.Not == nil || p.disjoint(was, is.Not) {
		return true
	}
	for _, part := range was.parts {
		if part.Not != nil && p.within(newSet(is.Not), part.Not) {
			return true
		}
	}
	return p.fail("not")
}

func (p *prover) conditional(was set, is *jsonschema.Schema) bool {
	if is.If == nil {
		return true
	}
	then, otherwise := was.with(is.If), was
	for _, part := range was.parts {
		if part.If == nil {
			continue
		}
		if part.Then != nil && p.within(then, part.If) {
			then = then.with(part.Then)
		}
		if part.Else != nil && p.within(newSet(part.If), is.If) {
			otherwise = otherwise.with(part.Else)
		}
	}
	if is.Then != nil && !p.within(then, is.Then) || is.Else != nil && !p.within(otherwise, is.Else) {
		return p.fail("if")
	}
	return true
}

func (p *prover) numbers(was set, is *jsonschema.Schema) bool {
	low, high := was.bounds()
	switch {
	case !low.implies(bound{is.Minimum, false}, 1):
		return p.fail("minimum")
	case !low.implies(bound{is.ExclusiveMinimum, true}, 1):
		return p.fail("exclusiveMinimum")
	case !high.implies(bound{is.Maximum, false}, -1):
		return p.fail("maximum")
	case !high.implies(bound{is.ExclusiveMaximum, true}, -1):
		return p.fail("exclusiveMaximum")
	case is.MultipleOf == nil:
		return true
	}
	multiple := func(of *big.Rat) bool { return of != nil && new(big.Rat).Quo(of, is.MultipleOf).IsInt() }
	return was.kinds&fractions == 0 && multiple(big.NewRat(1, 1)) ||
		slices.ContainsFunc(was.parts, func(part *jsonschema.Schema) bool { return multiple(part.MultipleOf) }) || p.fail("multipleOf")
}

func (p *prover) texts(was set, is *jsonschema.Schema) bool {
	some := func(has func(*jsonschema.Schema) bool) bool { return slices.ContainsFunc(was.parts, has) }
	if !allows(was.lengths, is.MinLength, is.MaxLength) {
		return p.fail("minLength or maxLength")
	}
	if is.Pattern != nil && !some(func(part *jsonschema.Schema) bool {
		return part.Pattern != nil && part.Pattern.String() == is.Pattern.String()
	}) {
		return p.fail("pattern")
	}
	if format := formatOf(is); format != "" && !some(func(part *jsonschema.Schema) bool { return formatOf(part) == format }) {
		return p.fail("format")
	}
	if is.ContentEncoding != nil || is.ContentMediaType != nil || is.ContentSchema != nil {
		return p.fail("contentEncoding")
	}
	return true
}

// formatOf returns the name of the format that a schema checks, or "".
func formatOf(s *jsonschema.Schema) string {
	if s.Format == nil {
		return ""
	}
	return s.Format.Name
}

// allows reports whether a lower and an upper limit, nil for none, allow a range.
func allows(limits func() (least, most int), low, high *int) bool {
	least, most := limits()
	return (low == nil || least >= *low) && (high == nil || most >= 0 && most <= *high)
}
