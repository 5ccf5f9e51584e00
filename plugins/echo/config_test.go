package main

import (
	"strings"
	"testing"

	"botkube-plugins/internal/pluginkit/plugintest"
)

func TestConfigs(t *testing.T) {
	const (
		want    = ", want true or false"
		unknown = ": found an unknown field, want one of: upperCase"
		mapping = ", want a YAML mapping"
	)
	notBool := func(found string) string { return "config 1 of 1: upperCase: found " + found + want }
	plugintest.CheckExecutorConfigs(t, server{}, "echo hello", configSchema, mergeConfigs, []plugintest.ConfigCase[config]{
		{Name: "string", Configs: []string{`upperCase: "true"`}, WantErr: notBool(`"true"`)},
		{Name: "word", Configs: []string{"upperCase: yes"}, WantErr: notBool(`"yes"`)},
		{Name: "empty string", Configs: []string{`upperCase: ""`}, WantErr: notBool(`""`)},
		{Name: "number", Configs: []string{"upperCase: 1"}, WantErr: notBool("1")},
		{Name: "fraction", Configs: []string{"upperCase: 1.5"}, WantErr: notBool("1.5")},
		{Name: "list", Configs: []string{"upperCase: [true]"}, WantErr: notBool("[true]")},
		{Name: "mapping", Configs: []string{"upperCase: {on: true}"}, WantErr: notBool(`{"on":true}`)},
		{
			Name: "long value", Configs: []string{"upperCase: " + strings.Repeat("ü", 160)},
			WantErr: notBool(`"` + strings.Repeat("ü", 159) + "…"),
		},
		{Name: "misspelled field", Configs: []string{"uperCase: true"}, WantErr: "config 1 of 1: uperCase" + unknown},
		{Name: "field in another case", Configs: []string{"uppercase: true"}, WantErr: "config 1 of 1: uppercase" + unknown},
		{
			Name: "long field", Configs: []string{strings.Repeat("ü", 161) + ": true"},
			WantErr: "config 1 of 1: " + strings.Repeat("ü", 160) + "…" + unknown,
		},
		{Name: "list of mappings", Configs: []string{"- upperCase: true"}, WantErr: `config 1 of 1: found [{"upperCase":true}]` + mapping},
		{Name: "bare value", Configs: []string{"true"}, WantErr: "config 1 of 1: found true" + mapping},
		{Name: "field that is no string", Configs: []string{"1: true"}, WantErr: "config 1 of 1: found map[1:true]" + mapping},
		{
			Name: "broken YAML", Configs: []string{"upperCase: ["},
			WantErr: `config 1 of 1: found "upperCase: [" (line 1: did not find expected node content)` + mapping,
		},
		{
			Name: "field twice", Configs: []string{"upperCase: true\nupperCase: false"},
			WantErr: `config 1 of 1: found "upperCase: true\nupperCase: false" ` +
				`(line 2: mapping key "upperCase" already defined at line 1)` + mapping,
		},
		{
			Name: "a wrong one that is overridden", Configs: []string{"upperCase: 1", "upperCase: true"},
			WantErr: "config 1 of 2: upperCase: found 1" + want,
		},
		{
			Name: "every problem of every config", Configs: []string{"upperCase: true", "uperCase: true\nupperCase: 1", "upperCase: 2"},
			WantErr: "config 2 of 3: uperCase" + unknown + "\nconfig 2 of 3: upperCase: found 1" + want +
				"\nconfig 3 of 3: upperCase: found 2" + want,
		},

		{Name: "none"},
		{Name: "empty", Configs: []string{""}},
		{Name: "null", Configs: []string{"null\n"}},
		{Name: "no fields", Configs: []string{"{}"}},
		{Name: "null value", Configs: []string{"upperCase: null"}},
		{Name: "false", Configs: []string{"upperCase: false"}},
		{Name: "true", Configs: []string{"upperCase: true"}, Want: config{upperCase: true}},
		{Name: "the last wins", Configs: []string{"upperCase: false", "upperCase: true"}, Want: config{upperCase: true}},
		{Name: "the last wins, also with false", Configs: []string{"upperCase: true", "upperCase: false"}},
		{Name: "the last that sets it wins", Configs: []string{"upperCase: true", "", "upperCase: null", "null"}, Want: config{upperCase: true}},
		{Name: "README.md", Configs: []string{plugintest.READMEConfig(t, name)}, Want: config{upperCase: true}},
	})
}
