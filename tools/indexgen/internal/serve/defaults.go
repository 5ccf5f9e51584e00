package serve

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// defaults puts together the config that a plugin's schema proposes: the defaults of its
// properties, of nested objects, too. missing names the properties, such as "auth.token",
// that the schema requires and has no default for. A schema that is none proposes nothing.
func defaults(text string) (config map[string]any, missing []string) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber() // or else 1000000 becomes 1e+06
	var root any
	if decoder.Decode(&root) != nil {
		return nil, nil
	}
	s := schema{root: root}.resolve(root)
	config, _ = plain(s.node["default"]).(map[string]any)
	if config == nil {
		config = map[string]any{}
	}
	missing = s.fill(config)
	return config, missing
}

// schema is a part of a JSON Schema.
type schema struct {
	node map[string]any // nil if the part says nothing
	root any
	refs []string // that have led here
}

// resolve is the part that is a subschema of this one, or the one that it refers to.
func (s schema) resolve(sub any) schema {
	node, _ := sub.(map[string]any)
	ref, ok := node["$ref"].(string)
	if !ok {
		return schema{node, s.root, s.refs}
	}
	if slices.Contains(s.refs, ref) {
		return schema{} // a schema that holds itself has no end
	}
	to := schema{nil, s.root, append(slices.Clip(s.refs), ref)}.resolve(lookUp(s.root, ref))
	if own, ok := node["default"]; ok {
		to.node = maps.Clone(to.node)
		if to.node == nil {
			to.node = map[string]any{}
		}
		to.node["default"] = own
	}
	return to
}

// lookUp follows a reference within the schema, such as #/definitions/auth.
func lookUp(root any, ref string) any {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	for token := range strings.SplitSeq(path, "/") {
		node, _ := root.(map[string]any)
		root = node[strings.NewReplacer("~1", "/", "~0", "~").Replace(token)]
	}
	return root
}

// fill adds to an object what it does not have and the schema has a default for.
func (s schema) fill(object map[string]any) (missing []string) {
	required, _ := s.node["required"].([]any)
	properties, _ := s.node["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property := s.resolve(properties[name])
		must := slices.Contains(required, any(name))
		if _, set := object[name]; !set {
			if value, ok := property.node["default"]; ok {
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
		// An object that would not be valid is better left out, unless it has to be there.
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

// plain copies a value from a schema, with the numbers that Go has for its own.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, v := range value {
			out[key] = plain(v)
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
