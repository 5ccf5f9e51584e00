package pluginkit_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"botkube-plugins/internal/pluginkit"
	"botkube-plugins/internal/pluginkit/plugintest"
	"botkube-plugins/internal/problem"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
)

type proxy struct {
	URL string `yaml:"url"`
}

// options has a field for each type that plugins use.
type options struct {
	Text  string
	On    bool
	Count int
	Every time.Duration
	Names []string
	Proxy proxy
}

func defaults() options { return options{Text: "a", Count: 1, Every: time.Minute} }

func (o *options) fields() []pluginkit.Field {
	return []pluginkit.Field{
		pluginkit.NewField("text", &o.Text, "a text that is not blank", pluginkit.NotBlank),
		pluginkit.NewField("on", &o.On, "true or false"),
		pluginkit.NewField("count", &o.Count, "an even number above 0",
			func(n int) bool { return n > 0 },
			func(n int) bool { return n%2 == 0 },
		),
		pluginkit.NewField("every", &o.Every, "a Go duration"),
		pluginkit.NewField("names", &o.Names, "a list of names"),
		pluginkit.NewField("proxy", &o.Proxy, "a proxy with url"),
	}
}

func TestProblems(t *testing.T) {
	const known = ", want one of: text, on, count, every, names, proxy"
	tests := []struct {
		name    string
		configs []string
		want    []string
	}{
		{"unknown field", []string{"txt: a"}, []string{"config 1 of 1: txt: found an unknown field" + known}},
		{"unknown field that is null", []string{"txt: null"}, []string{"config 1 of 1: txt: found an unknown field" + known}},
		{"field in another case", []string{"Text: a"}, []string{"config 1 of 1: Text: found an unknown field" + known}},
		{"long field", []string{strings.Repeat("ü", 161) + ": a"}, []string{
			"config 1 of 1: " + strings.Repeat("ü", 160) + "…: found an unknown field" + known,
		}},
		{"terminal codes", []string{`"a\eb": "\e"`}, []string{`config 1 of 1: a\x1bb: found an unknown field` + known}},
		{"number as text", []string{"text: 5"}, []string{"config 1 of 1: text: found 5, want a text that is not blank"}},
		{"rule", []string{`text: " "`}, []string{`config 1 of 1: text: found " ", want a text that is not blank`}},
		{"every rule counts", []string{"count: 3", "count: -2"}, []string{
			"config 1 of 2: count: found 3, want an even number above 0",
			"config 2 of 2: count: found -2, want an even number above 0",
		}},
		{"fraction", []string{"count: 2.5"}, []string{"config 1 of 1: count: found 2.5, want an even number above 0"}},
		{"no number", []string{"count: .nan"}, []string{"config 1 of 1: count: found NaN, want an even number above 0"}},
		{"yes", []string{"on: yes"}, []string{`config 1 of 1: on: found "yes", want true or false`}},
		{"number as duration", []string{"every: 5"}, []string{"config 1 of 1: every: found 5, want a Go duration"}},
		{"list as duration", []string{"every: [5s]"}, []string{`config 1 of 1: every: found ["5s"], want a Go duration`}},
		{"text as list", []string{"names: a"}, []string{`config 1 of 1: names: found "a", want a list of names`}},
		{"text as struct", []string{"proxy: a"}, []string{`config 1 of 1: proxy: found "a", want a proxy with url`}},
		{"unknown field inside", []string{"proxy: {uri: a}"}, []string{
			`config 1 of 1: proxy: found {"uri":"a"} (field uri not found in type pluginkit_test.proxy), want a proxy with url`,
		}},
		{"bare value", []string{"a"}, []string{`config 1 of 1: found "a", want a YAML mapping`}},
		{"list", []string{"- text: a"}, []string{`config 1 of 1: found [{"text":"a"}], want a YAML mapping`}},
		{"field name that is not text", []string{"1: a"}, []string{"config 1 of 1: found map[1:a], want a YAML mapping"}},
		{"broken YAML", []string{"text: ["}, []string{
			`config 1 of 1: found "text: [" (line 1: did not find expected node content), want a YAML mapping`,
		}},
		{"field twice", []string{"text: a\ntext: b"}, []string{
			`config 1 of 1: found "text: a\ntext: b" (line 2: mapping key "text" already defined at line 1), want a YAML mapping`,
		}},
		{"all problems of all configs, by field", []string{"text: 5\nextra: 1\ncount: 0", "text: a", "on: 1"}, []string{
			"config 1 of 3: count: found 0, want an even number above 0",
			"config 1 of 3: extra: found an unknown field" + known,
			"config 1 of 3: text: found 5, want a text that is not blank",
			"config 3 of 3: on: found 1, want true or false",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := defaults()
			err := pluginkit.MergeConfigs(plugintest.SourceConfigs(tt.configs...), got.fields()...)
			problems, ok := errors.AsType[problem.List](err)
			if !ok {
				t.Fatalf("found the error %v, want a problem.List", err)
			}
			if diff := cmp.Diff(strings.Join(tt.want, "\n"), problems.Error()); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProblemsWithoutFields(t *testing.T) {
	const want = ", want an empty config: this plugin has no options"
	for config, found := range map[string]string{
		"interval: 5m":   "interval: found an unknown field",
		"interval: null": "interval: found an unknown field",
		"5m":             `found "5m"`,
		"[]":             "found []",
		"{":              `found "{" (line 1: did not find expected node content)`,
	} {
		err := pluginkit.MergeConfigs(plugintest.SourceConfigs(config))
		if err == nil || err.Error() != "config 1 of 1: "+found+want {
			t.Errorf("%s: found the error %v, want %s", config, err, found+want)
		}
	}
	for _, config := range []string{"", "null\n", "{}"} {
		if err := pluginkit.MergeConfigs(plugintest.SourceConfigs(config)); err != nil {
			t.Errorf("%q: found the error %v, want none", config, err)
		}
	}
}

func TestMerge(t *testing.T) {
	all := options{Text: "b", On: true, Count: 4, Every: 5 * time.Second, Names: []string{"x", "y"}, Proxy: proxy{URL: "u"}}
	const setsAll = "text: b\non: true\ncount: 4\nevery: 5s\nnames: [x, y]\nproxy: {url: u}"
	tests := []struct {
		name    string
		configs []string
		want    options
	}{
		{"no config", nil, defaults()},
		{"configs that set nothing", []string{"", "null\n", "{}", "# soon", "text: null\non:\nproxy: ~"}, defaults()},
		{"every field", []string{setsAll}, all},
		{"null keeps what an earlier config set", []string{setsAll, "", "text: null", "null"}, all},
		{
			"the last config wins for each field",
			[]string{"text: b\ncount: 2\nnames: [x, y]", "count: 4\non: true", "on: false\nnames: [z]"},
			options{Text: "b", Count: 4, Every: time.Minute, Names: []string{"z"}},
		},
		{"a number without a fraction", []string{"count: 2.0"}, options{Text: "a", Count: 2, Every: time.Minute}},
		{"a date is a text", []string{"text: 2020-01-01"}, options{Text: "2020-01-01T00:00:00Z", Count: 1, Every: time.Minute}},
		{"text that looks like a number", []string{`text: "5"`}, options{Text: "5", Count: 1, Every: time.Minute}},
		{"aliases", []string{"text: &a b\nnames: [*a]"}, options{Text: "b", Count: 1, Every: time.Minute, Names: []string{"b"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ofSource, ofExecutor := defaults(), defaults()
			if err := pluginkit.MergeConfigs(plugintest.SourceConfigs(tt.configs...), ofSource.fields()...); err != nil {
				t.Fatal(err)
			}
			var configs []*executor.Config
			for _, config := range tt.configs {
				configs = append(configs, &executor.Config{RawYAML: []byte(config)})
			}
			if err := pluginkit.MergeConfigs(configs, ofExecutor.fields()...); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, ofSource); diff != "" {
				t.Errorf("a source's fields (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, ofExecutor); diff != "" {
				t.Errorf("an executor's fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNilConfig(t *testing.T) {
	got := defaults()
	if err := pluginkit.MergeConfigs([]*source.Config{nil}, got.fields()...); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(defaults(), got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestMetadata(t *testing.T) {
	for _, tt := range []struct{ docsBase, want string }{
		{"", "https://docs.botkube.io/plugins/"},
		{"https://github.com/o/r/tree/v1.2.3", "https://github.com/o/r/tree/v1.2.3/plugins/ticker"},
	} {
		got := pluginkit.Metadata("ticker", "Ticks.", "v1.2.3", tt.docsBase, "{}")
		want := api.MetadataOutput{
			Version: "v1.2.3", Description: "Ticks.", DocumentationURL: tt.want, JSONSchema: api.JSONSchema{Value: "{}"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: -want +got:\n%s", tt.docsBase, diff)
		}
	}
}
