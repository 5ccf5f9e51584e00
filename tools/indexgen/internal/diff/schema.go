package diff

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"
	"botkube-plugins/internal/problem"
)

type schemaPair struct{ was, is string }

func (c *comparison) entrySchemas(ctx context.Context, was, is *index.Entry) error {
	if err := c.schema(ctx, ConfigSchema, "config", was.JSONSchema, is.JSONSchema); err != nil {
		return err
	}
	return c.schema(ctx, PayloadSchema, "payload", was.ExternalRequest.Payload.JSONSchema, is.ExternalRequest.Payload.JSONSchema)
}

// schema compares two schemas of a config or a payload, as what says.
func (c *comparison) schema(ctx context.Context, kind Kind, what string, was, is index.JSONSchema) error {
	switch {
	case was == is:
		return nil
	case is == index.JSONSchema{}:
		c.add(jsonschema.Unknown, kind, what+": the schema is gone, so nothing says what is valid")
		return nil
	case was == index.JSONSchema{}:
		c.add(jsonschema.Unknown, kind, what+": there was no schema, so nothing says what was valid")
		return nil
	case was.RefURL != "" || is.RefURL != "":
		c.add(jsonschema.Unknown, kind, what+": the schema at a refURL is not fetched")
		return nil
	}
	pair := schemaPair{was.Value, is.Value}
	result, ok := c.schemas[pair]
	if !ok {
		var err error
		if result, err = c.comparer.Compare(ctx, was.Value, is.Value); err != nil {
			return err
		}
		c.schemas[pair] = result
	}
	switch result.Verdict {
	case jsonschema.Breaking:
		c.changes = append(c.changes, Change{
			Verdict: result.Verdict, Kind: kind, Witness: &result.Witness, Problems: result.Problems,
			Text: problem.OneLine(what + ": " + broken(result)),
		})
	case jsonschema.Unknown:
		c.add(result.Verdict, kind, what+": cannot be compared: "+result.Reason)
	case jsonschema.Compatible:
		c.add(result.Verdict, kind, what+": everything that was valid is still valid")
	}
	c.fields(what, was.Value, is.Value)
	return nil
}

// fields reports what a validator does not notice: fields and defaults.
func (c *comparison) fields(what, was, is string) {
	for _, d := range jsonschema.ChangedDefaults(was, is) {
		name := what
		if d.Field != "" {
			name += ": " + d.Field
		}
		switch {
		case d.Was == nil:
			c.add(jsonschema.Unknown, Default, fmt.Sprintf("%s: the default is now %s, before none was stated", name, problem.Value(*d.Is)))
		case d.Is == nil:
			c.add(jsonschema.Unknown, Default, fmt.Sprintf("%s: the default was %s, now none is stated", name, problem.Value(*d.Was)))
		default:
			c.add(jsonschema.Breaking, Default, fmt.Sprintf("%s: the default was %s, now it is %s", name, problem.Value(*d.Was), problem.Value(*d.Is)))
		}
	}
	added, dropped := jsonschema.ChangedFields(was, is)
	for _, name := range dropped {
		c.add(jsonschema.Unknown, Field, fmt.Sprintf("%s: field %s is gone from the schema", what, name))
	}
	for _, name := range added {
		c.add(jsonschema.Compatible, Field, fmt.Sprintf("%s: new field %s", what, name))
	}
}

// broken says what no longer is valid, such as: interval: 500ms: was valid, now: found "500ms", want …
func broken(result jsonschema.Comparison) string {
	path, value := onlyField(result.Witness)
	text := value
	if path != "" {
		text = path + ": " + value
	}
	if len(result.Problems) == 0 {
		return text + ": was valid, now is not"
	}
	now := result.Problems[0]
	if now.Field == path {
		now.Field = ""
	}
	text += ": was valid, now: " + now.Error()
	if more := len(result.Problems) - 1; more > 0 {
		text += "; and " + problem.Count(more, "more problem")
	}
	return text
}

// onlyField returns the path to the only field of a value, and its value as YAML or JSON. The path is
// empty if the value has no or several fields.
func onlyField(value any) (path, text string) {
	var names []string
	for {
		object, ok := value.(map[string]any)
		if !ok || len(object) != 1 {
			break
		}
		name := slices.Collect(maps.Keys(object))[0]
		names, value = append(names, problem.Label(name)), object[name]
	}
	if s, ok := value.(string); ok && plain.MatchString(s) && !json.Valid([]byte(s)) {
		return strings.Join(names, "."), s
	}
	return strings.Join(names, "."), problem.Value(value)
}

// plain matches texts that are the same in YAML without quotes, unless they are also JSON.
var plain = regexp.MustCompile(`^[A-Za-z0-9/][A-Za-z0-9._/-]*$`)
