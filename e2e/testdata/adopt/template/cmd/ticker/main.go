package main

import (
	"context"
	"time"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
)

// version is set by GoReleaser.
var version = "dev"

type ticker struct {
	source.HandleExternalRequestUnimplemented
}

// Metadata describes the plugin.
func (ticker) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{Version: version, Description: "Sends the time each second."}, nil
}

// Stream sends the time.
func (ticker) Stream(ctx context.Context, _ source.StreamInput) (source.StreamOutput, error) {
	events := make(chan source.Event)
	go func() {
		defer close(events)
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-time.After(time.Second):
				events <- source.Event{Message: api.NewPlaintextMessage("it is "+now.Format(time.TimeOnly), true)}
			}
		}
	}()
	return source.StreamOutput{Event: events}, nil
}

func main() {
	source.Serve(map[string]plugin.Plugin{"ticker": &source.Plugin{Source: ticker{}}})
}
