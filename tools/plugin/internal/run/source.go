//go:build unix

package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/plugin/internal/chat"
	"botkube-plugins/tools/plugin/internal/config"
	"botkube-plugins/tools/plugin/internal/webhook"

	"go.yaml.in/yaml/v3"
	"golang.org/x/sync/errgroup"
)

// configured is a source in Botkube's values: a name and a config.
type configured struct {
	pluginhost.SourceInput
	label string // shown with its events if there are several sources
}

// sources returns one source for each config. Without configs it returns one source with the config
// "null", as Botkube does.
func (r *runner) sources(configs []config.Config) ([]configured, error) {
	if len(configs) == 0 {
		configs = []config.Config{{}}
	}
	var sources []configured
	for i, c := range configs {
		// Botkube passes the decoded value, not the text (generatePluginConfig in its
		// internal/source/scheduler.go).
		text, err := yaml.Marshal(c.Value)
		if err != nil {
			return nil, err
		}
		s := configured{SourceInput: pluginhost.SourceInput{
			Config: text, SourceName: r.opts.Name, ClusterName: clusterName,
			Interactive: !r.opts.NoInteractivity, WebhookURL: r.webhookURL,
		}}
		if i > 0 {
			s.SourceName = fmt.Sprintf("%s-%d", r.opts.Name, i+1)
		}
		if len(configs) > 1 {
			s.label = s.SourceName
		}
		sources = append(sources, s)
	}
	return sources, nil
}

func (r *runner) event(s configured, e pluginhost.Event, raw []byte) error {
	if r.opts.JSON {
		if len(raw) == 0 {
			raw = []byte("{}") // as Botkube reads it
		}
		return r.ReportLine(json.RawMessage(raw))
	}
	if s.Interactive {
		r.check(e.Message)
	}
	return r.message(s.label, &chat.Message{Message: e.Message})
}

func (r *runner) source(ctx context.Context, p *pluginhost.Plugin, md pluginhost.Metadata, configs []config.Config) error {
	sources, err := r.sources(configs)
	if err != nil {
		return err
	}
	schema := md.ExternalRequest.Payload.JSONSchema.Value
	if r.opts.Payload != nil {
		return r.requestOnce(ctx, p, sources[0], schema)
	}
	if r.opts.Listen != "" {
		r.takeRequests(ctx, p, sources, schema)
	} else if schema != "" {
		r.Note("the source also takes requests: see --payload and --listen")
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, s := range sources {
		group.Go(func() error { return r.stream(groupCtx, p, s) })
	}
	if err := group.Wait(); err != nil || r.opts.Listen == "" {
		return err
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// stream prints the events of one source until the source ends its stream.
func (r *runner) stream(ctx context.Context, p *pluginhost.Plugin, s configured) error {
	err := p.Stream(ctx, s.SourceInput, func(e pluginhost.Event, raw []byte) error { return r.event(s, e, raw) })
	refusal := new(pluginhost.Refusal)
	switch {
	case err == nil:
		r.Note("the source closed its stream; Botkube logs that as an error, and does not open it again")
	case !errors.As(err, &refusal):
	case refusal.Unimplemented():
		r.Note("the source does not stream")
		return nil
	default:
		return problem.WithHint(
			fmt.Errorf("the source ended its stream with an error: %s", refusal.Message),
			"Botkube only logs this, and does not open the stream again.",
		)
	}
	return err
}

// requestOnce sends the request in the options.
func (r *runner) requestOnce(ctx context.Context, p *pluginhost.Plugin, s configured, schema string) error {
	payload := []byte(*r.opts.Payload)
	problems, err := check(ctx, func(ctx context.Context) (problem.List, error) { return config.CheckPayload(ctx, payload, schema) })
	if errors.Is(err, errSlow) || ctx.Err() != nil {
		return err
	}
	if err != nil {
		r.Note("warning: the payload is not checked, since its schema cannot be used: %v", err)
	}
	if err := cli.Rejected("payload", problems); err != nil {
		return err
	}
	event, raw, err := p.HandleExternalRequest(ctx, s.SourceInput, payload)
	refusal := new(pluginhost.Refusal)
	switch {
	case err == nil:
		return r.event(s, event, raw)
	case !errors.As(err, &refusal):
		return err
	case refusal.Unimplemented():
		return errors.New("this source takes no requests, so it has no use for --payload")
	}
	return fmt.Errorf("the source answered the request with an error: %s", refusal.Message)
}

// takeRequests connects the incoming webhook to the plugin until ctx ends.
func (r *runner) takeRequests(ctx context.Context, p *pluginhost.Plugin, sources []configured, schema string) {
	r.slow.Store(false)
	hooks := map[string]webhook.Source{}
	for _, s := range sources {
		hooks[s.SourceName] = webhook.Source{Plugin: repository + "/" + r.opts.Name, Handle: func(payload []byte) error {
			return r.request(ctx, p, s, payload, schema)
		}}
		r.Note("listening for POST requests to %s/sources/v1/%s", r.webhookURL, s.SourceName)
	}
	r.hook.Set(hooks)
}

// request sends a request to the plugin, and returns the error that Botkube sends to the client.
func (r *runner) request(ctx context.Context, p *pluginhost.Plugin, s configured, payload []byte, schema string) error {
	var problems problem.List
	var err error
	if !r.slow.Load() {
		problems, err = check(ctx, func(ctx context.Context) (problem.List, error) { return config.CheckPayload(ctx, payload, schema) })
	}
	if err != nil {
		r.slow.Store(errors.Is(err, errSlow)) // so that the next requests need not wait
		r.Note("warning: the payload is not checked, since its schema cannot be used: %v", err)
	}
	for _, p := range problems {
		r.Warn(p)
	}
	event, raw, err := p.HandleExternalRequest(ctx, s.SourceInput, payload)
	if refusal := new(pluginhost.Refusal); errors.As(err, &refusal) {
		r.Note("the source answered a request with an error: %s", refusal.Message)
		return errors.New(refusal.RPC())
	}
	if err != nil {
		return err
	}
	return r.event(s, event, raw)
}
