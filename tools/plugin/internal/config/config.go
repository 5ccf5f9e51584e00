// Package config reads the configs of a plugin, and checks them and the payloads of requests
// against the plugin's JSON Schemas. Problems of a config have its line and column.
package config

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"botkube-plugins/internal/jsonschema"
	"botkube-plugins/internal/problem"

	"go.yaml.in/yaml/v3"
)

// Config is one config: the value of "config" below a plugin in Botkube's values.
type Config struct {
	// Name is where the config comes from, such as the name of its file.
	Name string
	// Value is its content, with all keys as strings. It is nil if the config is empty.
	Value any
	root  yaml.Node
}

// Parse reads a config from YAML. It reports only problems of the YAML.
func Parse(name string, text []byte) (Config, problem.List) {
	c := Config{Name: name}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	err := decoder.Decode(&c.root)
	if errors.Is(err, io.EOF) {
		return c, nil
	}
	if err == nil {
		err = c.root.Decode(&c.Value) // also finds duplicate keys
	}
	if err != nil {
		return c, yamlProblems(name, err)
	}
	var next yaml.Node
	if err := decoder.Decode(&next); !errors.Is(err, io.EOF) {
		return c, problem.List{{
			Where: name, Line: next.Line, Column: next.Column,
			Found: "a second document", Want: "one document; give several configs one by one",
		}}
	}
	c.Value = stringKeys(c.Value)
	return c, nil
}

// Check checks the config against a plugin's JSON Schema. An empty config has no problems, since
// Botkube passes it to the plugin. Check returns an error if the schema cannot be used, and the
// context's cause if ctx ends first.
func (c Config) Check(ctx context.Context, schema string) (problem.List, error) {
	if c.Value == nil || schema == "" {
		return nil, nil
	}
	// The JSON form: a date is a string, and all numbers have one type.
	text, err := json.Marshal(c.Value)
	if err != nil { // NaN and infinity, since all keys are strings
		line, column := notFinite(&c.root)
		return problem.List{{
			Where: c.Name, Line: line, Column: column, Found: "a number that JSON does not have", Want: "a finite one",
		}}, nil
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	compiled, err := jsonschema.Compile(schema)
	if err != nil {
		return nil, err
	}
	problems, err := compiled.Judge(ctx, value, func(path []string, name bool) (line, column int) {
		node := find(&c.root, path, name)
		return node.Line, node.Column
	})
	return problems.In(c.Name, ""), err
}

// CheckPayload checks the payload of a request against a plugin's JSON Schema, as Check does.
func CheckPayload(ctx context.Context, payload []byte, schema string) (problem.List, error) {
	const name = "payload"
	if schema == "" {
		return nil, nil
	}
	var value any
	if err := json.Unmarshal(payload, &value); err != nil {
		return problem.List{{Where: name, Found: problem.Quote(string(payload)), Want: fmt.Sprintf("JSON (%v)", err)}}, nil
	}
	compiled, err := jsonschema.Compile(schema)
	if err != nil {
		return nil, err
	}
	problems, err := compiled.Judge(ctx, value, nil)
	return problems.In(name, ""), err
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): ((?s).*)$`)

// yamlProblems splits the library's errors, which have a line but no column.
func yamlProblems(name string, err error) problem.List {
	texts := []string{err.Error()}
	if several, ok := errors.AsType[*yaml.TypeError](err); ok {
		texts = several.Errors
	}
	var problems problem.List
	for _, text := range texts {
		p := problem.Problem{Where: name, Want: "YAML"}
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			p.Line, _ = strconv.Atoi(m[1]) // digits only
			text = m[2]
		}
		p.Found = fmt.Sprintf("the error %q", strings.TrimPrefix(text, "yaml: "))
		problems = append(problems, p)
	}
	return problems
}

// stringKeys converts all keys to strings, as Botkube does when it reads its config.
func stringKeys(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key := range value {
			value[key] = stringKeys(value[key])
		}
	case map[any]any:
		fields := make(map[string]any, len(value))
		for key := range value {
			fields[fmt.Sprint(key)] = stringKeys(value[key])
		}
		return fields
	case []any:
		for i := range value {
			value[i] = stringKeys(value[i])
		}
	}
	return value
}
