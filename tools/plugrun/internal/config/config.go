// Package config reads the configs of a plugin, and checks them and the payloads of requests
// against the plugin's JSON Schemas.
package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"botkube-plugins/index"

	"go.yaml.in/yaml/v3"
)

// Config is one config: the value of "config" below a plugin in Botkube's values.
type Config struct {
	// Name says where it comes from, such as its file.
	Name string
	// Value is what it holds, with all keys as strings. It is nil if it holds nothing.
	Value any
	root  yaml.Node
}

// Problem is what is wrong at one place.
type Problem struct {
	Name         string // of the config or payload
	Line, Column int    // from 1, or 0 where it is not known
	Path         string // of the field, such as "labels[0].name"; empty for all of it
	Found, Want  string
}

// String returns the problem as one line, which begins as compilers' do.
func (p Problem) String() string {
	where := p.Name
	if p.Line > 0 {
		where += ":" + strconv.Itoa(p.Line)
	}
	if p.Column > 0 {
		where += ":" + strconv.Itoa(p.Column)
	}
	if p.Path != "" {
		where += ": " + p.Path
	}
	return fmt.Sprintf("%s: found %s, want %s", where, p.Found, p.Want)
}

// Parse reads a config from YAML. Problems are those of YAML itself.
func Parse(name string, text []byte) (Config, []Problem) {
	c := Config{Name: name}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	err := decoder.Decode(&c.root)
	if errors.Is(err, io.EOF) {
		return c, nil
	}
	if err == nil {
		err = c.root.Decode(&c.Value) // which also finds what is there twice
	}
	if err != nil {
		return c, yamlProblems(name, err)
	}
	var next yaml.Node
	if err := decoder.Decode(&next); !errors.Is(err, io.EOF) {
		return c, []Problem{{
			Name: name, Line: next.Line, Column: next.Column,
			Found: "a second document", Want: "one document; several configs are given one by one",
		}}
	}
	c.Value = stringKeys(c.Value)
	return c, nil
}

// Check returns all problems of the config by a plugin's JSON Schema. A config that holds
// nothing has none, as Botkube passes it. An error says why the schema cannot be used.
func (c Config) Check(schema string) ([]Problem, error) {
	if c.Value == nil || schema == "" {
		return nil, nil
	}
	// As JSON has it: a date is a string there, and a number has no kinds.
	text, err := json.Marshal(c.Value)
	if err != nil { // as all keys are strings
		line, column := notFinite(&c.root)
		return []Problem{{
			Name: c.Name, Line: line, Column: column, Found: "a number that JSON does not have", Want: "a finite one",
		}}, nil
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	found, err := index.CheckValue(schema, value)
	var problems []Problem
	for _, f := range found {
		node := find(&c.root, f.Path, f.Key)
		problems = append(problems, Problem{
			Name: c.Name, Line: node.Line, Column: node.Column, Path: field(f.Path), Found: f.Found, Want: f.Want,
		})
	}
	return problems, err
}

// CheckPayload returns all problems of a request's payload by a plugin's JSON Schema.
func CheckPayload(payload []byte, schema string) ([]Problem, error) {
	const name = "payload"
	if schema == "" {
		return nil, nil
	}
	var value any
	if err := json.Unmarshal(payload, &value); err != nil {
		return []Problem{{Name: name, Found: quote(payload), Want: fmt.Sprintf("JSON (%v)", err)}}, nil
	}
	found, err := index.CheckValue(schema, value)
	var problems []Problem
	for _, f := range found {
		problems = append(problems, Problem{Name: name, Path: field(f.Path), Found: f.Found, Want: f.Want})
	}
	return problems, err
}

func quote(text []byte) string {
	if len(text) == 0 {
		return "nothing"
	}
	const limit = 60
	if runes := []rune(string(text)); len(runes) > limit {
		return strconv.Quote(string(runes[:limit]) + "…")
	}
	return strconv.Quote(string(text))
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): ((?s).*)$`)

// yamlProblems takes the library's errors apart, which know their lines only.
func yamlProblems(name string, err error) []Problem {
	texts := []string{err.Error()}
	if several, ok := errors.AsType[*yaml.TypeError](err); ok {
		texts = several.Errors
	}
	var problems []Problem
	for _, text := range texts {
		p := Problem{Name: name, Want: "YAML"}
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			p.Line, _ = strconv.Atoi(m[1]) // digits only
			text = m[2]
		}
		p.Found = fmt.Sprintf("the error %q", strings.TrimPrefix(text, "yaml: "))
		problems = append(problems, p)
	}
	return problems
}

// stringKeys makes all keys strings, as they are by the time that Botkube reads its config.
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

// field writes a path as people do.
func field(path []string) string {
	var b strings.Builder
	for i, name := range path {
		switch _, err := strconv.Atoi(name); {
		case err == nil && i > 0:
			fmt.Fprintf(&b, "[%s]", name)
		case i == 0:
			b.WriteString(name)
		default:
			b.WriteString("." + name)
		}
	}
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, b.String())
}
