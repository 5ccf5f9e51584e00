package plugintest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
	"github.com/slack-go/slack"
)

// described is what sources and executors have in common.
type described interface {
	Metadata(context.Context) (api.MetadataOutput, error)
}

// CheckSourceMetadata checks the metadata of a source over gRPC, and that Botkube finds it valid:
// first as it is served here, without the flags of a release, and then as the binary that a release
// builds from the working directory. want has neither version nor documentation URL.
func CheckSourceMetadata(t testing.TB, served source.Source, name string, want api.MetadataOutput) {
	t.Helper()
	built := dispense[source.Source](t, start(t, &source.Plugin{}, source.ProtocolVersion))
	checkRelease(t, ServeSource(t, served), built, name, want)
}

// CheckExecutorMetadata is CheckSourceMetadata for an executor.
func CheckExecutorMetadata(t testing.TB, served executor.Executor, name string, want api.MetadataOutput) {
	t.Helper()
	built := dispense[executor.Executor](t, start(t, &executor.Plugin{}, executor.ProtocolVersion))
	checkRelease(t, ServeExecutor(t, served), built, name, want)
}

func checkRelease(t testing.TB, served, built described, name string, want api.MetadataOutput) {
	t.Helper()
	want.Version, want.DocumentationURL = "dev", "https://docs.botkube.io/plugins/"
	checkMetadata(t, served, want)
	want.Version, want.DocumentationURL = version, docsBase+"/plugins/"+name
	checkMetadata(t, built, want)
}

func checkMetadata(t testing.TB, plugin described, want api.MetadataOutput) {
	t.Helper()
	got, err := plugin.Metadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Validate(); err != nil {
		t.Errorf("Botkube finds the metadata invalid: %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

// CheckFirstEvent checks that the first event of a source has this message, over gRPC.
func CheckFirstEvent(t testing.TB, served source.Source, want api.Message, configs ...string) {
	t.Helper()
	out, err := ServeSource(t, served).Stream(t.Context(), source.StreamInput{Configs: SourceConfigs(configs...)})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-out.Event:
		if diff := cmp.Diff(source.Event{Message: want}, got); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	case <-time.After(Patience):
		t.Error("found no event")
	}
}

// CheckStreamEnds checks that a stream ends with its context: its channel is closed, without another
// event, and all goroutines that Stream started end. The context ends right after the given number of
// events, and in a second stream an hour later. That hour takes no time: the test runs in a bubble of
// [synctest], so it must not use the network or start processes.
func CheckStreamEnds(t *testing.T, served source.Source, events int, configs ...string) {
	t.Helper()
	for _, wait := range []time.Duration{0, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out, err := served.Stream(ctx, source.StreamInput{Configs: SourceConfigs(configs...)})
			if err != nil {
				t.Fatal(err)
			}
			for range events {
				<-out.Event
			}
			time.Sleep(wait)
			cancel()
			synctest.Wait()
			select {
			case event, open := <-out.Event:
				if open {
					t.Errorf("found the event %v after the end", event)
				}
			default:
				t.Error("found the channel open after the end")
			}
		})
	}
}

// ExecuteCase is a command, the configs for it, and the answer.
type ExecuteCase struct {
	Name     string
	Command  string
	Context  executor.ExecuteInputContext // without buttons if it is not set; see Pressed
	Configs  []string
	Want     api.Message
	WantMore []api.Message // further messages
}

// Pressed is the context of a command that a button or an option in a message sends: what is
// selected and typed in that message, by the IDs of its controls. The user is Ada.
func Pressed(selected, typed map[string]string) executor.ExecuteInputContext {
	block := map[string]slack.BlockAction{}
	for id, value := range selected {
		block[id] = slack.BlockAction{SelectedOption: slack.OptionBlockObject{Value: value}}
	}
	for id, value := range typed {
		block[id] = slack.BlockAction{Value: value}
	}
	return executor.ExecuteInputContext{
		IsInteractivitySupported: true,
		SlackState:               &slack.BlockActionStates{Values: map[string]map[string]slack.BlockAction{"block": block}},
		Message:                  executor.Message{User: executor.User{DisplayName: "Ada"}},
	}
}

// CheckExecute checks an executor's answers to commands, over gRPC.
func CheckExecute(t testing.TB, served executor.Executor, cases []ExecuteCase) {
	t.Helper()
	if len(cases) == 0 {
		t.Error("found no case")
	}
	client := ServeExecutor(t, served)
	for _, c := range cases {
		got, err := client.Execute(t.Context(), executor.ExecuteInput{Command: c.Command, Context: c.Context, Configs: executorConfigs(c.Configs)})
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if diff := cmp.Diff(executor.ExecuteOutput{Message: c.Want, Messages: c.WantMore}, got); diff != "" {
			t.Errorf("%s: output (-want +got):\n%s", c.Name, diff)
		}
	}
}

// CheckHelp checks an executor's help, over gRPC.
func CheckHelp(t testing.TB, served executor.Executor, want api.Message) {
	t.Helper()
	got, err := ServeExecutor(t, served).Help(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("help (-want +got):\n%s", diff)
	}
}
