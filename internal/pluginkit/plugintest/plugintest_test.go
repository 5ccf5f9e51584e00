package plugintest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
)

// recorder records the errors that a check reports.
type recorder struct {
	testing.TB
	errors []string
}

func (*recorder) Helper() {}

func (r *recorder) Error(args ...any) { r.errors = append(r.errors, fmt.Sprint(args...)) }

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

const schema = `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {"mode": {"enum": ["on", "off"], "default": "off", "examples": ["on"]}},
  "examples": [{"mode": "on"}]
}`

// merge accepts the same configs as the schema.
func merge(configs ...string) (string, error) {
	mode := "off"
	for _, config := range configs {
		switch strings.TrimSpace(config) {
		case "mode: on", `mode: "on"`:
			mode = "on"
		case "mode: off", `mode: "off"`:
			mode = "off"
		default:
			return "", errors.New("want on or off")
		}
	}
	return mode, nil
}

func cases() []ConfigCase[string] {
	return []ConfigCase[string]{
		{Name: "invalid", Configs: []string{"mode: 5"}, WantErr: "want on or off"},
		{Name: "valid", Configs: []string{"mode: on"}, Want: "on"},
	}
}

func TestCheckConfigs(t *testing.T) {
	wrong := func(change func(cases []ConfigCase[string])) []ConfigCase[string] {
		changed := cases()
		change(changed)
		return changed
	}
	for name, tt := range map[string]struct {
		schema string
		cases  []ConfigCase[string]
		want   string // part of the first error, or empty for no error
	}{
		"no cases":          {schema, nil, "found 0 cases"},
		"no invalid config": {schema, cases()[1:], "found 1 cases, 1 of them without an error"},
		"no valid config":   {schema, cases()[:1], "found 1 cases, 0 of them without an error"},
		"another error": {schema, wrong(func(cases []ConfigCase[string]) {
			cases[0].WantErr = "want something else"
		}), "invalid: error (-want +got)"},
		"no error": {schema, wrong(func(cases []ConfigCase[string]) {
			cases[1].WantErr = "want on or off"
		}), "valid: error (-want +got)"},
		"another value": {schema, wrong(func(cases []ConfigCase[string]) {
			cases[1].Want = "off"
		}), "valid: config (-want +got)"},
		"strict schema": {schema, wrong(func(cases []ConfigCase[string]) {
			cases[0].SchemaAccepts = true
		}), "invalid: found that the schema accepts the configs: false"},
		"lenient schema": {
			strings.Replace(schema, `"enum": ["on", "off"], `, "", 1), cases(),
			"invalid: found that the schema accepts the configs: true",
		},
		"another default": {
			strings.Replace(schema, `"default": "off"`, `"default": "on"`, 1), cases(),
			"the schema's default of mode: config (-want +got)",
		},
		"invalid default": {
			strings.Replace(schema, `"default": "off"`, `"default": 5`, 1), cases(),
			"the schema's default of mode: want on or off",
		},
		"invalid example": {
			strings.Replace(schema, `[{"mode": "on"}]`, `[{"mode": 5}]`, 1), cases(),
			"the schema's example map[mode:5]: want on or off",
		},
		"no example": {strings.Replace(schema, `[{"mode": "on"}]`, "[]", 1), cases(), "found no examples in the schema"},

		"agreement": {schema, cases(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{TB: t}
			checkConfigs(r, tt.schema, merge, tt.cases)
			r.check(t, tt.want)
		})
	}
}

func TestCheckErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		err   error
		cases []ConfigCase[string]
		want  string
	}{
		"no cases":      {errors.New("want on or off"), cases()[1:], "found no case with an error"},
		"no error":      {nil, cases(), "invalid: error (-want +got)"},
		"another error": {errors.New("want something else"), cases(), "invalid: error (-want +got)"},

		"agreement": {errors.New("want on or off"), cases(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{TB: t}
			CheckErrors(r, func(...string) error { return tt.err }, tt.cases)
			r.check(t, tt.want)
		})
	}
}

// server is a source that sends nothing.
type server struct {
	source.HandleExternalRequestUnimplemented
	metadata api.MetadataOutput
}

func (s server) Metadata(context.Context) (api.MetadataOutput, error) { return s.metadata, nil }

func (server) Stream(_ context.Context, in source.StreamInput) (source.StreamOutput, error) {
	return source.StreamOutput{}, fmt.Errorf("found %d configs", len(in.Configs))
}

func TestCheckMetadata(t *testing.T) {
	want := api.MetadataOutput{Version: "v1.2.3", Description: "a", JSONSchema: api.JSONSchema{Value: "{}"}}
	for name, tt := range map[string]struct {
		served api.MetadataOutput
		want   string
	}{
		"another version": {api.MetadataOutput{Version: "dev", Description: "a", JSONSchema: want.JSONSchema}, "metadata (-want +got)"},
		"invalid":         {api.MetadataOutput{Version: "v1.2.3", JSONSchema: want.JSONSchema}, "Botkube finds the metadata invalid"},

		"agreement": {want, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{TB: t}
			checkMetadata(r, ServeSource(t, server{metadata: tt.served}), want)
			r.check(t, tt.want)
		})
	}
}

// greeter is a source and an executor that says one thing.
type greeter struct {
	source.HandleExternalRequestUnimplemented
	message api.Message
}

func (greeter) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{}, nil
}

func (g greeter) Stream(context.Context, source.StreamInput) (source.StreamOutput, error) {
	events := make(chan source.Event, 1)
	events <- source.Event{Message: g.message}
	return source.StreamOutput{Event: events}, nil
}

func (g greeter) Execute(_ context.Context, in executor.ExecuteInput) (executor.ExecuteOutput, error) {
	if in.Command == "fail" {
		return executor.ExecuteOutput{}, errors.New("no")
	}
	return executor.ExecuteOutput{Message: g.message}, nil
}

func (g greeter) Help(context.Context) (api.Message, error) { return g.message, nil }

func TestChecksOfMessages(t *testing.T) {
	served := greeter{message: api.NewPlaintextMessage("hi", false)}
	right, wrong := served.message, api.NewPlaintextMessage("hello", false)
	for name, tt := range map[string]struct {
		check func(t testing.TB)
		want  string
	}{
		"no case":        {func(t testing.TB) { CheckExecute(t, served, nil) }, "found no case"},
		"another event":  {func(t testing.TB) { CheckFirstEvent(t, served, wrong) }, "event (-want +got)"},
		"another help":   {func(t testing.TB) { CheckHelp(t, served, wrong) }, "help (-want +got)"},
		"another answer": {func(t testing.TB) { CheckExecute(t, served, []ExecuteCase{{Name: "a", Want: wrong}}) }, "a: output (-want +got)"},
		"one more answer": {func(t testing.TB) {
			CheckExecute(t, served, []ExecuteCase{{Name: "a", Want: right, WantMore: []api.Message{right}}})
		}, "a: output (-want +got)"},
		"an error": {func(t testing.TB) { CheckExecute(t, served, []ExecuteCase{{Name: "a", Command: "fail", Want: right}}) }, "a: rpc error"},

		"the event":  {func(t testing.TB) { CheckFirstEvent(t, served, right) }, ""},
		"the help":   {func(t testing.TB) { CheckHelp(t, served, right) }, ""},
		"the answer": {func(t testing.TB) { CheckExecute(t, served, []ExecuteCase{{Name: "a", Want: right}}) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{TB: t}
			tt.check(r)
			r.check(t, tt.want)
		})
	}
}

func (r *recorder) check(t *testing.T, want string) {
	t.Helper()
	if want == "" && len(r.errors) > 0 || want != "" && (len(r.errors) == 0 || !strings.Contains(r.errors[0], want)) {
		t.Errorf("found the errors %q, want %q first", r.errors, want)
	}
}
