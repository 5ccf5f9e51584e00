package cli

import (
	"context"
	"errors"
	"fmt"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/tools/plugrun/internal/config"
	"botkube-plugins/tools/plugrun/internal/webhook"

	"go.yaml.in/yaml/v3"
	"golang.org/x/sync/errgroup"
)

// configured is a source as Botkube's values configure it: a name and a config.
type configured struct {
	pluginhost.SourceInput
	label string // shown with its events, where there are several
}

// sources are one for each config or, without one, one that Botkube would pass "null".
func (r *runner) sources(configs []config.Config) ([]configured, error) {
	if len(configs) == 0 {
		configs = []config.Config{{}}
	}
	var sources []configured
	for i, c := range configs {
		// Botkube does not pass on the text either (generatePluginConfig in its
		// internal/source/scheduler.go).
		text, err := yaml.Marshal(c.Value)
		if err != nil {
			return nil, err
		}
		s := configured{SourceInput: pluginhost.SourceInput{
			Config: text, SourceName: r.name, ClusterName: clusterName,
			Interactive: !r.flags.noInteractivity, WebhookURL: r.webhookURL,
		}}
		if i > 0 {
			s.SourceName = fmt.Sprintf("%s-%d", r.name, i+1)
		}
		if len(configs) > 1 {
			s.label = s.SourceName
		}
		sources = append(sources, s)
	}
	return sources, nil
}

func (r *runner) event(s configured, e pluginhost.Event, raw []byte) error {
	if r.flags.json {
		if len(raw) == 0 {
			raw = []byte("{}") // as Botkube reads it
		}
		return r.json(raw)
	}
	return r.message(s.label, e.Message)
}

func (r *runner) source(ctx context.Context, p *pluginhost.Plugin, md pluginhost.Metadata, configs []config.Config) error {
	sources, err := r.sources(configs)
	if err != nil {
		return err
	}
	schema := md.ExternalRequest.Payload.JSONSchema.Value
	if r.flags.hasPayload {
		return r.requestOnce(ctx, p, sources[0], schema)
	}
	if r.flags.listen != "" {
		r.takeRequests(ctx, p, sources, schema)
	} else if schema != "" {
		r.note("it takes requests, too: see --payload and --listen")
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, s := range sources {
		group.Go(func() error { return r.stream(groupCtx, p, s) })
	}
	if err := group.Wait(); err != nil || r.flags.listen == "" {
		return err
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// stream prints the events of one source until it ends its stream.
func (r *runner) stream(ctx context.Context, p *pluginhost.Plugin, s configured) error {
	err := p.Stream(ctx, s.SourceInput, func(e pluginhost.Event, raw []byte) error { return r.event(s, e, raw) })
	refusal := new(pluginhost.Refusal)
	switch {
	case err == nil:
		r.note("the source closed its stream; Botkube would log that as an error, and not open it again")
	case !errors.As(err, &refusal):
	case refusal.Unimplemented():
		r.note("the source does not stream")
		return nil
	default:
		return &hintError{
			fmt.Errorf("the source ended its stream with the error: %s", refusal.Message),
			"Botkube would write this to its log alone, and not open the stream again.",
		}
	}
	return err
}

// requestOnce hands over the one request of the command line.
func (r *runner) requestOnce(ctx context.Context, p *pluginhost.Plugin, s configured, schema string) error {
	payload := []byte(r.flags.payload)
	problems, err := config.CheckPayload(payload, schema)
	if err != nil {
		r.note("warning: the payload is not checked: its schema cannot be used: %v", err)
	}
	if len(problems) > 0 {
		return &problemsError{"payload", problems}
	}
	event, raw, err := p.HandleExternalRequest(ctx, s.SourceInput, payload)
	refusal := new(pluginhost.Refusal)
	switch {
	case err == nil:
		return r.event(s, event, raw)
	case !errors.As(err, &refusal):
		return err
	case refusal.Unimplemented():
		return errors.New("found a source that takes no requests, want one that does for --payload")
	}
	return fmt.Errorf("the source answered the request with the error: %s", refusal.Message)
}

// takeRequests has the incoming webhook hand its requests to the plugin until ctx ends.
func (r *runner) takeRequests(ctx context.Context, p *pluginhost.Plugin, sources []configured, schema string) {
	hooks := map[string]webhook.Source{}
	for _, s := range sources {
		hooks[s.SourceName] = webhook.Source{Plugin: repository + "/" + r.name, Handle: func(payload []byte) error {
			return r.request(ctx, p, s, payload, schema)
		}}
		r.note("listening for POST requests to %s/sources/v1/%s", r.webhookURL, s.SourceName)
	}
	r.hook.Set(hooks)
}

// request hands over a request and returns the error that Botkube would tell the sender.
func (r *runner) request(ctx context.Context, p *pluginhost.Plugin, s configured, payload []byte, schema string) error {
	problems, err := config.CheckPayload(payload, schema)
	if err != nil {
		r.note("warning: the payload is not checked: its schema cannot be used: %v", err)
	}
	for _, problem := range problems {
		r.note("warning: %s", problem)
	}
	event, raw, err := p.HandleExternalRequest(ctx, s.SourceInput, payload)
	if refusal := new(pluginhost.Refusal); errors.As(err, &refusal) {
		r.note("the source answered a request with the error: %s", refusal.Message)
		return errors.New(refusal.RPC())
	}
	if err != nil {
		return err
	}
	return r.event(s, event, raw)
}
