package jsonschema

import (
	"context"
	"encoding/json"
	"strings"
)

// Example returns a value that is valid under a schema, as JSON, made of the examples, defaults and
// constants in it. ok is false if it finds none. It returns an error only if the context ends.
func Example(ctx context.Context, text string) (value string, ok bool, err error) {
	schema, err := Compile(text)
	if err != nil {
		return "", false, nil //nolint:nilerr // there is no example of what is not a schema
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber() // otherwise 1000000 becomes 1e+06
	var root any
	if decoder.Decode(&root) != nil {
		return "", false, nil
	}
	s := newPart(root)
	value = oneLine(s.example())
	if s.exhausted() {
		return "", false, nil
	}
	var decoded any
	if json.Unmarshal([]byte(value), &decoded) != nil {
		return "", false, nil
	}
	short, cancel := context.WithTimeout(ctx, compareTime)
	defer cancel()
	problems, err := schema.Judge(short, decoded, nil)
	if ctx.Err() != nil {
		return "", false, context.Cause(ctx)
	}
	return value, err == nil && len(problems) == 0, nil
}

// example returns a value that a schema suggests.
func (s part) example() any {
	if list, ok := s.node["examples"].([]any); ok && len(list) > 0 {
		return list[0]
	}
	if value, ok := s.node["default"]; ok {
		return value
	}
	if values := s.values(); len(values) > 0 {
		return values[0]
	}
	if properties, ok := s.node["properties"].(map[string]any); ok {
		object := map[string]any{}
		for _, name := range sortedKeys(properties) {
			object[name] = s.resolve(properties[name]).example()
		}
		return object
	}
	for _, keyword := range []string{"allOf", "oneOf", "anyOf"} {
		if list, ok := s.node[keyword].([]any); ok && len(list) > 0 {
			return s.resolve(list[0]).example()
		}
	}
	name, _ := s.node["type"].(string)
	if list, ok := s.node["type"].([]any); ok && len(list) > 0 {
		name, _ = list[0].(string)
	}
	switch name {
	case "array":
		if items := s.resolve(s.node["items"]); items.node != nil {
			return []any{items.example()}
		}
		return []any{}
	case "boolean":
		return true
	case "integer", "number":
		for _, keyword := range []string{"minimum", "maximum"} {
			if limit, ok := s.node[keyword]; ok {
				return limit
			}
		}
		return 1
	case "null":
		return nil
	case "object":
		return map[string]any{}
	}
	return "text"
}
