package pluginkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"botkube-plugins/internal/problem"

	"go.yaml.in/yaml/v3"
)

// Field is one field of a plugin's config.
type Field struct {
	name, want string
	// set stores the value that a config sets. If it cannot, it returns false and the reason, or ""
	// if found and want make the reason obvious.
	set func(found any) (wrong string, ok bool)
}

// NewField returns a field that sets value, which holds the default. want completes the
// sentence "found X, want ..." and describes everything that the field accepts. A config's
// value is accepted if it has the type T and every rule returns true for it.
//
// Values are not converted: 5 is not the text "5", and "yes" is not true. T can also be a struct
// with yaml tags, a list or a map. Such a value is replaced, not merged, and a struct rejects
// unknown fields.
func NewField[T any](name string, value *T, want string, rules ...func(T) bool) Field {
	return Field{name, want, func(found any) (string, bool) {
		decoded, err := decode[T](found)
		if err != nil {
			if isNested(reflect.TypeFor[T]()) && isNested(reflect.TypeOf(found)) {
				return lineNumber.ReplaceAllString(reason(err), ""), false // its line number is not that of the config
			}
			return "", false
		}
		for _, holds := range rules {
			if !holds(decoded) {
				return "", false
			}
		}
		*value = decoded
		return "", true
	}}
}

// NotBlank is a rule for a text.
func NotBlank(text string) bool { return strings.TrimSpace(text) != "" }

// MergeConfigs sets the fields to what the configs of a source or an executor set. If several
// configs set a field, the last one wins. A field that is missing or null sets nothing. A config
// may be empty or null, which is what Botkube passes for a plugin without a config.
//
// The error is a [problem.List] with every problem of every config, including configs that a
// later one overrides. The values of the fields are then undefined.
func MergeConfigs[C interface{ GetRawYAML() []byte }](configs []C, fields ...Field) error {
	var problems problem.List
	for i, config := range configs {
		for _, p := range merge(config.GetRawYAML(), fields) {
			p.Where = fmt.Sprintf("config %d of %d", i+1, len(configs))
			problems = append(problems, p)
		}
	}
	return problems.Err()
}

// merge sets the fields to what one config sets, and returns the problems in it.
func merge(config []byte, fields []Field) (problems problem.List) {
	wantConfig, wantField := "a YAML mapping", "one of: "+names(fields)
	if len(fields) == 0 {
		wantConfig = "an empty config: this plugin has no options"
		wantField = wantConfig
	}
	var document any
	if err := yaml.Unmarshal(config, &document); err != nil {
		return problem.List{{Found: explain(problem.Quote(string(config)), reason(err)), Want: wantConfig}}
	}
	values, ok := document.(map[string]any)
	if !ok && document != nil {
		return problem.List{{Found: problem.Value(document), Want: wantConfig}}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value, p := values[name], problem.Problem{Field: problem.Label(name)}
		i := slices.IndexFunc(fields, func(f Field) bool { return f.name == name })
		if i < 0 {
			p.Found, p.Want = "an unknown field", wantField
			problems = append(problems, p)
			continue
		}
		if value == nil {
			continue
		}
		if wrong, ok := fields[i].set(value); !ok {
			p.Found, p.Want = explain(problem.Value(value), wrong), fields[i].want
			problems = append(problems, p)
		}
	}
	return problems
}

// decode returns a value of a YAML document as a T.
func decode[T any](found any) (T, error) {
	var value T
	// yaml.v3 decodes 5 as "5", "yes" as true, and 1.5 as 1. JSON does not.
	if t := reflect.TypeFor[T](); !isNested(t) && t != reflect.TypeFor[time.Duration]() {
		text, err := json.Marshal(found)
		if err == nil {
			err = json.Unmarshal(text, &value)
		}
		return value, err
	}
	text, err := yaml.Marshal(found)
	if err != nil {
		return value, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	err = decoder.Decode(&value)
	return value, err
}

// isNested reports whether values of a type contain other values, so that a problem must name the
// part that is wrong.
func isNested(t reflect.Type) bool {
	return slices.Contains([]reflect.Kind{reflect.Struct, reflect.Map, reflect.Slice}, t.Kind())
}

var (
	lineNumber = regexp.MustCompile(`line \d+: `)
	noise      = strings.NewReplacer("yaml: ", "", "unmarshal errors:\n  ", "", "\n  ", "; ")
)

// reason returns the text of an error of yaml.v3 on one line and without its prefixes.
func reason(err error) string { return noise.Replace(err.Error()) }

// explain adds to what was found why it is wrong.
func explain(found, wrong string) string {
	if wrong == "" {
		return found
	}
	return found + " (" + wrong + ")"
}

func names(fields []Field) string {
	var names []string
	for _, field := range fields {
		names = append(names, field.name)
	}
	return strings.Join(names, ", ")
}
