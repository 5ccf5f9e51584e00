package jsonschema

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// meter ends a validation when its context ends, which the library cannot. A schema of 5 KB can take
// longer than the universe exists: if each form of an anyOf contains the next anyOf twice, or by a
// pattern that backtracks.
type meter struct {
	ctx  context.Context
	enum int // the number of values in the largest enum
}

// errStopped is the panic of a validation whose context has ended.
var errStopped = errors.New("stopped")

func (m *meter) check() {
	if m.ctx.Err() != nil {
		panic(errStopped)
	}
}

// run calls validate, and returns the context's cause if the context ends first. Only one call may
// run at a time.
func (m *meter) run(ctx context.Context, validate func()) (err error) {
	m.ctx = ctx
	defer func() {
		if p := recover(); p != nil {
			if stopped, ok := p.(error); !ok || !errors.Is(stopped, errStopped) {
				panic(p)
			}
			err = context.Cause(ctx)
		}
	}()
	validate()
	return nil
}

// compilePattern is compilePattern with a pattern that looks at the context.
func (m *meter) compilePattern(pattern string) (jsonschema.Regexp, error) {
	compiled, err := compilePattern(pattern)
	if err != nil {
		return nil, err
	}
	return meteredPattern{compiled.(ecmaPattern).Regexp, m}, nil
}

type meteredPattern struct {
	*regexp2.Regexp
	meter *meter
}

func (p meteredPattern) MatchString(s string) bool {
	p.meter.check()
	if deadline, ok := p.meter.ctx.Deadline(); ok {
		p.MatchTimeout = max(time.Until(deadline), time.Millisecond)
	}
	ok, err := p.Regexp.MatchString(s)
	if err != nil { // the time is over
		<-p.meter.ctx.Done()
	}
	p.meter.check()
	return ok
}

// watch makes a schema, and all schemas in it, look at the context before they look at others. The
// format is the last that the library checks before it does, whatever the value.
func (m *meter) watch(s *jsonschema.Schema, seen map[*jsonschema.Schema]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	if s.Enum != nil {
		m.enum = max(m.enum, len(s.Enum.Values))
	}
	format := jsonschema.Format{Validate: func(any) error { return nil }}
	if s.Format != nil {
		format = *s.Format
	}
	s.Format = &jsonschema.Format{Name: format.Name, Validate: func(v any) error {
		m.check()
		return format.Validate(v)
	}}
	for _, field := range reflect.ValueOf(s).Elem().Fields() {
		m.watchIn(field, seen)
	}
}

// watchIn calls watch for the schemas in a field of a schema, also in one that is not exported: only
// there are those to which a $dynamicRef may lead.
func (m *meter) watchIn(v reflect.Value, seen map[*jsonschema.Schema]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		switch v.Type() {
		case reflect.TypeFor[*jsonschema.Schema]():
			m.watch((*jsonschema.Schema)(v.UnsafePointer()), seen)
		case reflect.TypeFor[*jsonschema.DynamicRef]():
			if ref := (*jsonschema.DynamicRef)(v.UnsafePointer()); ref != nil {
				m.watch(ref.Ref, seen)
			}
		}
	case reflect.Interface:
		m.watchIn(v.Elem(), seen)
	case reflect.Slice:
		for i := range v.Len() {
			m.watchIn(v.Index(i), seen)
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			m.watchIn(entries.Value(), seen)
		}
	}
}

// maxComparisons is how often parts of a value may be compared with values of an enum, which takes
// about a second for numbers. The library does not look at the context meanwhile.
const maxComparisons = 1_000_000

var errComparisons = errors.New("the value and the enums of the schema are too large to compare them")

// fits reports whether the value has few enough parts.
func (m *meter) fits(value any) bool { return m.enum*count(value) <= maxComparisons }

// count returns how many values a value consists of.
func count(value any) int {
	n := 1
	switch value := value.(type) {
	case map[string]any:
		for _, v := range value {
			n += count(v)
		}
	case []any:
		for _, v := range value {
			n += count(v)
		}
	}
	return n
}
