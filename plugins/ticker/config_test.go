package main

import (
	"strings"
	"testing"
	"time"

	"botkube-plugins/internal/pluginkit/plugintest"
)

func TestConfigs(t *testing.T) {
	const (
		interval = "config 1 of 1: interval: found "
		want     = `, want a Go duration of at least 1s, such as "30s" or "5m"`
		unknown  = ": found an unknown field, want one of: interval"
		mapping  = ", want a YAML mapping"
	)
	every := func(d time.Duration) config { return config{interval: d} }
	plugintest.CheckSourceConfigs(t, server{}, configSchema, mergeConfigs, []plugintest.ConfigCase[config]{
		{Name: "number", Configs: []string{"interval: 5"}, WantErr: interval + "5" + want},
		{Name: "fraction", Configs: []string{"interval: 1.5"}, WantErr: interval + "1.5" + want},
		{Name: "number in a string", Configs: []string{`interval: "5"`}, WantErr: interval + `"5"` + want},
		{Name: "zero", Configs: []string{"interval: 0s"}, WantErr: interval + `"0s"` + want},
		{Name: "negative", Configs: []string{"interval: -5m"}, WantErr: interval + `"-5m"` + want},
		{Name: "just too short", Configs: []string{"interval: 999ms"}, WantErr: interval + `"999ms"` + want, SchemaAccepts: true},
		{Name: "too long", Configs: []string{"interval: 9999999h"}, WantErr: interval + `"9999999h"` + want, SchemaAccepts: true},
		{Name: "empty string", Configs: []string{`interval: ""`}, WantErr: interval + `""` + want},
		{Name: "no duration", Configs: []string{"interval: hourly"}, WantErr: interval + `"hourly"` + want},
		{Name: "blanks around", Configs: []string{`interval: " 5m "`}, WantErr: interval + `" 5m "` + want},
		{Name: "boolean", Configs: []string{"interval: true"}, WantErr: interval + "true" + want},
		{Name: "date", Configs: []string{"interval: 2020-01-01"}, WantErr: interval + `"2020-01-01T00:00:00Z"` + want},
		{Name: "list", Configs: []string{"interval: [5m]"}, WantErr: interval + `["5m"]` + want},
		{Name: "mapping", Configs: []string{"interval: {every: 5m}"}, WantErr: interval + `{"every":"5m"}` + want},
		{
			Name: "long value", Configs: []string{"interval: " + strings.Repeat("ü", 160)},
			WantErr: interval + `"` + strings.Repeat("ü", 159) + "…" + want,
		},
		{Name: "misspelled field", Configs: []string{"intervall: 5m"}, WantErr: "config 1 of 1: intervall" + unknown},
		{Name: "field in another case", Configs: []string{"Interval: 5m"}, WantErr: "config 1 of 1: Interval" + unknown},
		{Name: "another field", Configs: []string{"interval: 5m\nunit: s"}, WantErr: "config 1 of 1: unit" + unknown},
		{Name: "list of mappings", Configs: []string{"- interval: 5m"}, WantErr: `config 1 of 1: found [{"interval":"5m"}]` + mapping},
		{Name: "bare duration", Configs: []string{"5m"}, WantErr: `config 1 of 1: found "5m"` + mapping},
		{Name: "field that is no string", Configs: []string{"1: 5m"}, WantErr: "config 1 of 1: found map[1:5m]" + mapping},
		{
			Name: "broken YAML", Configs: []string{"interval: ["},
			WantErr: `config 1 of 1: found "interval: [" (line 1: did not find expected node content)` + mapping,
		},
		{
			Name: "field twice", Configs: []string{"interval: 1m\ninterval: 5m"},
			WantErr: `config 1 of 1: found "interval: 1m\ninterval: 5m" (line 2: mapping key "interval" already defined at line 1)` + mapping,
		},
		{
			Name: "a wrong one that is overridden", Configs: []string{"interval: 5", "interval: 5m"},
			WantErr: "config 1 of 2: interval: found 5" + want,
		},
		{
			Name: "every problem of every config", Configs: []string{"interval: 5m", "intervall: 5m\ninterval: 5", "interval: 0s"},
			WantErr: "config 2 of 3: interval: found 5" + want + "\nconfig 2 of 3: intervall" + unknown +
				"\nconfig 3 of 3: interval: found \"0s\"" + want,
		},

		{Name: "none", Want: every(time.Minute)},
		{Name: "empty", Configs: []string{""}, Want: every(time.Minute)},
		{Name: "null", Configs: []string{"null\n"}, Want: every(time.Minute)},
		{Name: "no fields", Configs: []string{"{}"}, Want: every(time.Minute)},
		{Name: "null interval", Configs: []string{"interval: null"}, Want: every(time.Minute)},
		{Name: "shortest", Configs: []string{"interval: 1s"}, Want: every(time.Second)},
		{Name: "shortest in another unit", Configs: []string{"interval: 1000ms"}, Want: every(time.Second)},
		{Name: "several units", Configs: []string{"interval: 1h1m1.5s"}, Want: every(time.Hour + time.Minute + 1500*time.Millisecond)},
		{Name: "micro sign", Configs: []string{"interval: 2000000µs"}, Want: every(2 * time.Second)},
		{Name: "sign and bare fraction", Configs: []string{"interval: +.5m"}, Want: every(30 * time.Second)},
		{Name: "the last wins", Configs: []string{"interval: 5m", "interval: 2m"}, Want: every(2 * time.Minute)},
		{Name: "the last that sets it wins", Configs: []string{"interval: 5m", "", "interval: null", "null"}, Want: every(5 * time.Minute)},
		{Name: "README.md", Configs: []string{plugintest.READMEConfig(t, name)}, Want: every(5 * time.Minute)},
	})
}
