package jsonschema

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"botkube-plugins/internal/problem"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// Schema is a compiled schema.
type Schema struct {
	compiled *jsonschema.Schema
	document any
	meter    *meter
}

// Compile compiles a plugin's schema. It returns an error if Check finds a problem in it, or if it
// refers to another document, which is not fetched.
func Compile(text string) (*Schema, error) { return NewChecker().compile(text) }

func (c *Checker) compile(text string) (*Schema, error) {
	document, draft, problems := c.parse(text)
	if problems.Total() > 0 {
		return nil, problems.Kept[0]
	}
	const name = "https://schema.invalid/" // the base of relative references
	m := &meter{ctx: context.Background()}
	compiler := newCompiler(m.compilePattern)
	compiler.DefaultDraft(draft)
	if err := compiler.AddResource(name, document); err != nil {
		return nil, err
	}
	compiled, err := compiler.Compile(name)
	if other, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
		return nil, fmt.Errorf("it refers to %s, which is not fetched", problem.Line(strings.TrimPrefix(other.URL, name)))
	}
	if err != nil {
		return nil, err
	}
	m.watch(compiled, map[*jsonschema.Schema]bool{})
	return &Schema{compiled, document, m}, nil
}

// Locate returns the line and column of the value at a path, or of the name of its last element if
// name is true. A path consists of property names and list indexes, which start at 0.
type Locate func(path []string, name bool) (line, column int)

// Judge returns all problems of a value that json.Unmarshal decoded, sorted by path. The field of a
// problem is a path such as "labels[0].name". locate adds the line and column; it may be nil. It
// returns the context's cause if ctx ends first, since a hostile schema takes endless time, and an
// error if the value and the schema's enums are too large. Only one call may run at a time.
func (s *Schema) Judge(ctx context.Context, value any, locate Locate) (problem.List, error) {
	if !s.meter.fits(value) {
		return nil, errComparisons
	}
	var violations []violation
	err := s.meter.run(ctx, func() {
		invalid, ok := errors.AsType[*jsonschema.ValidationError](s.compiled.Validate(value))
		if !ok {
			return
		}
		for _, leaf := range leaves(invalid) {
			s.meter.check()
			violations = append(violations, s.violations(leaf, value)...)
		}
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(violations, func(a, b violation) int {
		return cmp.Or(slices.Compare(a.path, b.path), problem.Compare(a.Problem, b.Problem))
	})
	var problems problem.List
	for i, v := range violations {
		// One problem for each place: further wants are appended to the first.
		if i > 0 && slices.Equal(violations[i-1].path, v.path) && violations[i-1].Found == v.Found {
			if violations[i-1].Want != v.Want {
				problems[len(problems)-1].Want += "; " + v.Want
			}
			continue
		}
		v.Field = field(v.path)
		if locate != nil {
			v.Line, v.Column = locate(v.path, v.name)
		}
		problems = append(problems, v.Problem)
	}
	return problems, nil
}

// violation is a problem of the value at a path, or of the name of the path's last element.
type violation struct {
	problem.Problem
	path []string
	name bool
}

// field formats a path, such as "labels[0].name".
func field(path []string) string {
	var b strings.Builder
	for i, name := range path {
		switch _, err := strconv.Atoi(name); {
		case err == nil && i > 0:
			fmt.Fprintf(&b, "[%s]", name)
		case i == 0:
			b.WriteString(name)
		default:
			b.WriteString("." + name)
		}
	}
	return b.String()
}

// violations converts an error of the library to problems that can be understood without the
// schema.
func (s *Schema) violations(leaf *jsonschema.ValidationError, value any) []violation {
	path := leaf.InstanceLocation
	found, _ := lookUp(value, path)
	v := violation{path: path, Problem: problem.Problem{Found: problem.Value(found)}}
	switch k := leaf.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		var all []violation
		for _, name := range k.Properties {
			all = append(all, violation{
				path: append(slices.Clone(path), name), name: true,
				Problem: problem.Problem{Found: "an unknown field", Want: s.wantField(leaf.SchemaURL)},
			})
		}
		return all
	case *kind.Required:
		var all []violation
		for _, name := range k.Missing {
			all = append(all, violation{path: path, Problem: problem.Problem{
				Found: "no field " + problem.Quote(name), Want: "a value, since the field is required",
			}})
		}
		return all
	case *kind.PropertyNames:
		v.path, v.name = append(slices.Clone(path), k.Property), true
		v.Found, v.Want = "the name "+problem.Quote(k.Property), "a name that the schema allows"
	case *kind.Type:
		v.Want = strings.Join(k.Want, " or ")
	case *kind.Pattern:
		v.Want = "a match of " + problem.Line(k.Want)
	case *kind.Enum, *kind.Const:
		v.Want = strings.TrimPrefix(leafMessage(leaf), "value must be ")
	case *kind.Dependency:
		return missing(path, k.Prop, k.Missing)
	case *kind.DependentRequired:
		return missing(path, k.Prop, k.Missing)
	default:
		v.limit(found, leaf.ErrorKind)
		if v.Want == "" {
			v.Want = fmt.Sprintf("what the schema allows (%s)", leafMessage(leaf))
		}
	}
	return []violation{v}
}

// missing returns a violation for each field that is missing beside another.
func missing(path []string, beside string, names []string) (all []violation) {
	for _, name := range names {
		all = append(all, violation{path: path, Problem: problem.Problem{
			Found: "no field " + problem.Quote(name), Want: "a value, since field " + problem.Quote(beside) + " is set",
		}})
	}
	return all
}

// limit sets what is wanted of a value that exceeds a limit.
func (v *violation) limit(found any, exceeded jsonschema.ErrorKind) {
	number := func(n *big.Rat) string { f, _ := n.Float64(); return problem.Value(f) }
	switch k := exceeded.(type) {
	case *kind.Minimum:
		v.Want = "at least " + number(k.Want)
	case *kind.Maximum:
		v.Want = "at most " + number(k.Want)
	case *kind.ExclusiveMinimum:
		v.Want = "more than " + number(k.Want)
	case *kind.ExclusiveMaximum:
		v.Want = "less than " + number(k.Want)
	case *kind.MultipleOf:
		v.Want = "a multiple of " + number(k.Want)
	case *kind.MinLength:
		v.Found, v.Want = counted(found, k.Got), "at least "+problem.Count(k.Want, "character")
	case *kind.MaxLength:
		v.Found, v.Want = counted(found, k.Got), "at most "+problem.Count(k.Want, "character")
	case *kind.MinItems:
		v.Want = "at least " + problem.Count(k.Want, "item")
	case *kind.MaxItems:
		v.Want = "at most " + problem.Count(k.Want, "item")
	case *kind.UniqueItems:
		v.Want = "items that differ"
	}
}

// counted is problem.Value with the length of a text.
func counted(text any, length int) string {
	return fmt.Sprintf("%s (%s)", problem.Value(text), problem.Count(length, "character"))
}

// wantField lists the properties of the schema at a location, a URL whose fragment is a
// JSON pointer.
func (s *Schema) wantField(location string) string {
	_, at, _ := strings.Cut(location, "#/")
	var tokens []string
	if at, err := url.PathUnescape(at); err == nil && at != "" {
		tokens = splitPointer(at)
	}
	object, _ := lookUp(s.document, tokens)
	fields, _ := object.(map[string]any)
	properties, _ := fields["properties"].(map[string]any)
	if len(properties) == 0 {
		return "no fields"
	}
	names := slices.Sorted(maps.Keys(properties))
	return "one of: " + problem.Line(strings.Join(names, ", "))
}
