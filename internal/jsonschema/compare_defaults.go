package jsonschema

import (
	"encoding/json"
	"maps"
	"reflect"
)

// DefaultChange is a field that both schemas have, with another default. A value that omits the
// field then means something else.
type DefaultChange struct {
	Field   string // a path such as "auth.token"; empty for the value itself
	Was, Is *any   // nil without a default
}

// ChangedDefaults returns the fields whose defaults two schemas state differently, sorted by path. A
// text that is not a schema has no fields.
func ChangedDefaults(oldText, newText string) []DefaultChange {
	was, is, ok := parseBoth(oldText, newText)
	if !ok {
		return nil
	}
	return changedDefaults(was, is, nil)
}

func changedDefaults(was, is part, path []string) (changes []DefaultChange) {
	if len(path) > maxDepth {
		return nil
	}
	old, had := was.node["default"]
	now, has := is.node["default"]
	if (had || has) && !reflect.DeepEqual(was.known(old, is), is.known(now, was)) || had != has {
		change := DefaultChange{Field: field(path)}
		if had {
			change.Was = &old
		}
		if has {
			change.Is = &now
		}
		changes = append(changes, change)
	}
	properties, _ := was.node["properties"].(map[string]any)
	others, _ := is.node["properties"].(map[string]any)
	for _, name := range sortedKeys(properties) {
		if other, ok := others[name]; ok {
			changes = append(changes, changedDefaults(was.resolve(properties[name]), is.resolve(other), append(path, name))...)
		}
	}
	return changes
}

// known returns a default without the properties that another schema does not have.
func (s part) known(value any, other part) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	mine, _ := s.node["properties"].(map[string]any)
	theirs, _ := other.node["properties"].(map[string]any)
	kept := map[string]any{}
	for name, v := range object {
		_, declared := mine[name]
		if _, both := theirs[name]; both || !declared {
			kept[name] = v
		}
	}
	return kept
}

// ChangedFields returns the fields, such as "auth.token", that only the new or only the old schema
// has, sorted by path. Of a field that has fields, it returns only the field itself.
func ChangedFields(oldText, newText string) (added, dropped []string) {
	was, is, ok := parseBoth(oldText, newText)
	if !ok {
		return nil, nil
	}
	changedFields(was, is, nil, func(path []string, isNew bool) {
		if isNew {
			added = append(added, field(path))
		} else {
			dropped = append(dropped, field(path))
		}
	})
	return added, dropped
}

func changedFields(was, is part, path []string, found func(path []string, isNew bool)) {
	if len(path) > maxDepth {
		return
	}
	properties, _ := was.node["properties"].(map[string]any)
	others, _ := is.node["properties"].(map[string]any)
	all := maps.Clone(properties)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, others)
	for _, name := range sortedKeys(all) {
		before, had := properties[name]
		after, has := others[name]
		if had && has {
			changedFields(was.resolve(before), is.resolve(after), append(path, name), found)
		} else {
			found(append(path, name), has)
		}
	}
}

func parseBoth(oldText, newText string) (was, is part, ok bool) {
	var before, after any
	if checkSize(oldText) != nil || checkSize(newText) != nil ||
		json.Unmarshal([]byte(oldText), &before) != nil || json.Unmarshal([]byte(newText), &after) != nil {
		return part{}, part{}, false
	}
	return newPart(before), newPart(after), true
}
