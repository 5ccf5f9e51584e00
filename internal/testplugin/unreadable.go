//go:build unix

package testplugin

import (
	"context"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// unreadablePlugin answers with JSON that Botkube cannot read. A plugin that does not use Botkube's
// Go packages can do that.
type unreadablePlugin struct {
	plugin.NetRPCUnsupportedPlugin
	kind string
}

func (p unreadablePlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	if p.kind == "executor" {
		executor.RegisterExecutorServer(s, unreadableExecutor{})
	} else {
		source.RegisterSourceServer(s, unreadableSource{})
	}
	return nil
}

func (unreadablePlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

type unreadableSource struct {
	source.UnimplementedSourceServer
}

func (unreadableSource) Metadata(context.Context, *emptypb.Empty) (*source.MetadataResponse, error) {
	return &source.MetadataResponse{Version: "1.2.3", Description: "Serves tests"}, nil
}

func (unreadableSource) Stream(_ *source.StreamRequest, stream source.Source_StreamServer) error {
	return stream.Send(&source.StreamResponse{Event: []byte("an event")})
}

type unreadableExecutor struct {
	executor.UnimplementedExecutorServer
}

func (unreadableExecutor) Metadata(context.Context, *emptypb.Empty) (*executor.MetadataResponse, error) {
	return &executor.MetadataResponse{Version: "1.2.3", Description: "Serves tests"}, nil
}

func (unreadableExecutor) Execute(context.Context, *executor.ExecuteRequest) (*executor.ExecuteResponse, error) {
	return &executor.ExecuteResponse{Message: []byte(`["a message"]`)}, nil
}
