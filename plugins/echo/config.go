package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubeshop/botkube/pkg/api/executor"
	"go.yaml.in/yaml/v3"
)

type config struct {
	upperCase bool
}

// parseConfigs merges the configs that Botkube passes: of several that set a field the last one wins, a field that
// none sets has its default. The error has one line for each wrong config, also for one that a later config overrides.
func parseConfigs(raws []*executor.Config) (config, error) {
	var merged config
	var problems []error
	for i, raw := range raws {
		if err := merged.set(raw.GetRawYAML()); err != nil {
			problems = append(problems, fmt.Errorf("config %d of %d: %w", i+1, len(raws), err))
		}
	}
	return merged, errors.Join(problems...)
}

// set takes over what one config sets. A field that is missing or null sets nothing.
func (c *config) set(raw []byte) error {
	fields, err := parseFields(raw, "upperCase")
	if err != nil {
		return err
	}
	if value := fields["upperCase"]; value != nil {
		upperCase, ok := value.(bool)
		if !ok {
			return fmt.Errorf("upperCase: found %s, want true or false", found(value))
		}
		c.upperCase = upperCase
	}
	return nil
}

// parseFields returns the fields of one config. They are none for an empty config, and for null, which is what Botkube
// passes for a plugin without one. A field that is not known is an error.
func parseFields(raw []byte, known ...string) (map[string]any, error) {
	var document any
	if err := yaml.Unmarshal(raw, &document); err != nil {
		reason := strings.NewReplacer("yaml: ", "", "unmarshal errors:\n  ", "").Replace(err.Error())
		return nil, fmt.Errorf("found %s, want a YAML mapping: %s", found(string(raw)), reason)
	}
	fields, ok := document.(map[string]any)
	if !ok && document != nil {
		return nil, fmt.Errorf("found %s, want a YAML mapping", found(document))
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, field) {
			return nil, fmt.Errorf("%s: unknown field, want one of: %s", shorten(field), strings.Join(known, ", "))
		}
	}
	return fields, nil
}

// found describes a value in a message, and keeps the string "5" apart from the number 5.
func found(value any) string {
	switch value := value.(type) {
	case string:
		return strconv.Quote(shorten(value))
	case int, int64, uint64, float64:
		return fmt.Sprintf("%v (a number)", value)
	}
	text, err := json.Marshal(value)
	if err != nil { // YAML allows more than JSON, such as keys that are not strings
		text = fmt.Append(nil, value)
	}
	return shorten(string(text))
}

// shorten cuts text so that, quoted in a message, it does not bury the rest.
func shorten(text string) string {
	const limit = 60
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
