package jsonschema

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Defaults returns the config that a schema proposes: the defaults of its properties, including
// those of nested objects. A default of null is left out, because Helm removes it. missing names the
// properties, such as "auth.token", that the schema requires but has no default for. A text that is
// not a schema, or that describes too many properties, proposes nothing.
func Defaults(text string) (config map[string]any, missing []string) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber() // otherwise 1000000 becomes 1e+06
	var root any
	if decoder.Decode(&root) != nil {
		return nil, nil
	}
	s := newPart(root)
	config, _ = plain(s.node["default"]).(map[string]any)
	if config == nil {
		config = map[string]any{}
	}
	missing = s.fill(config)
	if s.exhausted() {
		return nil, nil
	}
	return config, missing
}

// maxResolved is how many subschemas are looked at. References can make a small schema describe
// endlessly many.
const maxResolved = 100_000

// part is a subschema.
type part struct {
	node map[string]any // nil if the subschema is not an object
	root any            // the schema that it is a part of
	refs []string       // the references that were followed to get here
	left *int           // how many subschemas may still be resolved
}

// newPart returns the complete schema.
func newPart(root any) part {
	left := maxResolved
	return part{root: root, left: &left}.resolve(root)
}

// exhausted reports whether resolve has reached its limit.
func (s part) exhausted() bool { return s.left != nil && *s.left < 0 }

// resolve returns a subschema of this part, or the one that the subschema refers to. It returns an
// empty one where the schema contains itself, and after maxResolved subschemas.
func (s part) resolve(sub any) part {
	if s.left == nil {
		return part{}
	}
	*s.left--
	node, _ := sub.(map[string]any)
	ref, ok := node["$ref"].(string)
	switch {
	case *s.left < 0, ok && slices.Contains(s.refs, ref):
		return part{root: s.root, refs: s.refs, left: s.left}
	case !ok:
		return part{node, s.root, s.refs, s.left}
	}
	to := part{nil, s.root, append(slices.Clip(s.refs), ref), s.left}.resolve(follow(s.root, ref))
	if own, ok := node["default"]; ok {
		to.node = maps.Clone(to.node)
		if to.node == nil {
			to.node = map[string]any{}
		}
		to.node["default"] = own
	}
	return to
}

// follow returns the target of a reference within the schema, such as #/definitions/auth, or nil.
func follow(root any, ref string) any {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	to, _ := lookUp(root, splitPointer(path))
	return to
}

// fill adds the missing defaults to an object, and returns the names that are still missing.
func (s part) fill(object map[string]any) (missing []string) {
	required, _ := s.node["required"].([]any)
	properties, _ := s.node["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property := s.resolve(properties[name])
		must := slices.Contains(required, any(name))
		if _, set := object[name]; !set {
			if value := property.node["default"]; value != nil {
				object[name] = plain(value)
			}
		}
		value, set := object[name]
		nested, isObject := value.(map[string]any)
		if !set {
			_, isObject = property.node["properties"]
			nested = map[string]any{}
		}
		if !isObject {
			continue
		}
		lacks := property.fill(nested)
		// An object that would be invalid is left out, unless it is required.
		if !set && !must && (len(nested) == 0 || len(lacks) > 0) {
			continue
		}
		object[name] = nested
		for _, path := range lacks {
			missing = append(missing, name+"."+path)
		}
	}
	for _, name := range required {
		if name, ok := name.(string); ok {
			if _, set := object[name]; !set {
				missing = append(missing, name)
			}
		}
	}
	return missing
}

// plain copies a value from a schema, without fields that are null, and converts its numbers to int64 or
// float64.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, v := range value {
			if v != nil {
				out[key] = plain(v)
			}
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, v := range value {
			out[i] = plain(v)
		}
		return out
	case json.Number:
		if n, err := value.Int64(); err == nil {
			return n
		}
		f, _ := value.Float64()
		return f
	}
	return value
}
