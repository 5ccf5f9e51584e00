package config

import (
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// find returns the node at a path. If it is missing, find returns the node that should contain it.
// With key, find returns the name of the last field instead of its value.
func find(node *yaml.Node, path []string, key bool) *yaml.Node {
	switch {
	case node.Kind == yaml.DocumentNode:
		return find(node.Content[0], path, key)
	case node.Kind == yaml.AliasNode:
		return find(node.Alias, path, key)
	case len(path) == 0:
		return node
	case node.Kind == yaml.SequenceNode:
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(node.Content) {
			return find(node.Content[i], path[1:], key)
		}
	case node.Kind == yaml.MappingNode:
		name, value := entry(node, path[0])
		switch {
		case value == nil:
			return node
		case key && len(path) == 1:
			return name
		}
		return find(value, path[1:], key)
	}
	return node
}

// entry finds a key of a mapping, or of a mapping that is merged into it.
func entry(mapping *yaml.Node, key string) (name, value *yaml.Node) {
	var merged []*yaml.Node
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		name, value := mapping.Content[i], mapping.Content[i+1]
		switch {
		case name.ShortTag() == "!!merge" && value.Kind == yaml.SequenceNode:
			merged = append(merged, value.Content...)
		case name.ShortTag() == "!!merge":
			merged = append(merged, value)
		case name.Value == key:
			return name, value
		}
	}
	for _, node := range merged {
		if node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		if name, value := entry(node, key); value != nil {
			return name, value
		}
	}
	return nil, nil
}

// notFinite returns the position of a number that is infinite or NaN, or 0.
func notFinite(node *yaml.Node) (line, column int) {
	var f float64
	if node.ShortTag() == "!!float" && node.Decode(&f) == nil && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return node.Line, node.Column
	}
	for _, child := range node.Content {
		if line, column := notFinite(child); line > 0 {
			return line, column
		}
	}
	return 0, 0
}
