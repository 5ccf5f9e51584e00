package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/kubeshop/botkube/pkg/api/source"
	"go.yaml.in/yaml/v3"
)

// checkConfigs returns an error with one line for each config that sets anything, as there is nothing to set.
// An empty config is fine, and so is null, which is what Botkube passes for a plugin without one.
func checkConfigs(raws ...*source.Config) error {
	var problems []error
	for i, raw := range raws {
		var document any
		err := yaml.Unmarshal(raw.GetRawYAML(), &document)
		fields, ok := document.(map[string]any)
		if err != nil || len(fields) > 0 || !ok && document != nil {
			problems = append(problems, fmt.Errorf("config %d of %d: found %s, want an empty config, as the plugin has no options",
				i+1, len(raws), found(string(raw.GetRawYAML()))))
		}
	}
	return errors.Join(problems...)
}

// parsePayload returns the message of a request's payload. Other fields are ignored, so that a sender can add some.
func parsePayload(payload []byte) (string, error) {
	const want = `want a JSON object such as {"message": "hello"}`
	var document any
	if err := json.Unmarshal(payload, &document); err != nil {
		return "", fmt.Errorf("payload: found %s, %s: %w", found(string(payload)), want, err)
	}
	fields, ok := document.(map[string]any)
	if !ok {
		return "", fmt.Errorf("payload: found %s, %s", found(document), want)
	}
	value, ok := fields["message"]
	if !ok {
		return "", fmt.Errorf("payload: message: not found in %s, %s", found(document), want)
	}
	message, _ := value.(string) // "" if it is no string, which is blank too
	if strings.TrimSpace(message) == "" {
		return "", fmt.Errorf("payload: message: found %s, want a string that is not blank", found(value))
	}
	return message, nil
}

// found describes a value in a message, and keeps the string "5" apart from the number 5.
func found(value any) string {
	switch value := value.(type) {
	case string:
		return strconv.Quote(shorten(value))
	case float64:
		return fmt.Sprintf("%v (a number)", value)
	}
	text, _ := json.Marshal(value) // cannot fail: all other values here were read from JSON
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
