package e2e_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"
)

const tickerEvent = "Ticker Event"

// A stream sends events at the interval of its config. If several configs are bound together, the
// last one wins.
func TestTickerStreamsAtTheInterval(t *testing.T) {
	_, indexURL := publishDist(t)
	b := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}}).mustStart()

	start := time.Now()
	second := b.stream(t.Context(), "ticker", "interval: 1s")
	lastIsSecond := b.stream(t.Context(), "ticker", "interval: 1h", "interval: 1s")
	lastIsHour := b.stream(t.Context(), "ticker", "interval: 1s", "interval: 1h")
	for n := 1; n <= 3; n++ {
		if got := b.next(second).Message.BaseBody.Plaintext; got != tickerEvent {
			t.Errorf("found the message %q, want %q", got, tickerEvent)
		}
		if got, want := time.Since(start), time.Duration(n)*time.Second; got < want {
			t.Errorf("event %d came after %s, want at least %s", n, got, want)
		}
		b.next(lastIsSecond)
	}
	b.silent(lastIsHour)
}

// A bad config ends the stream. Botkube only logs the plugin's error, so an operator finds it in
// the log.
func TestTickerReportsBadConfig(t *testing.T) {
	_, indexURL := publishDist(t)
	b := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}}).mustStart()

	for _, tt := range []struct{ config, reason string }{
		{"interval: 5", "interval: found 5, want"},
		{"interval: 10ms", "10ms"},
		{"interval: soon", "soon"},
		{"intervall: 5s", "intervall: found an unknown field"},
		{"- interval", "want a YAML mapping"},
	} {
		t.Run(tt.config, func(t *testing.T) {
			before := len(b.log())
			events := b.stream(t.Context(), "ticker", "interval: 1s", tt.config)
			b.eventually("the reason in the log", func() error {
				return lineWith(b.log()[before:], "canceling streaming: ", tt.reason)
			})
			// The log line is the last thing that the adapter does, so no event follows.
			b.silent(events)
		})
	}
	b.next(b.stream(t.Context(), "ticker", "interval: 1s")) // the plugin still runs
}

// A canceled stream also ends in the plugin. The other stream shows that the plugin is alive, and
// serves as a clock: two of its ticks leave enough time for one of the canceled stream.
func TestTickerStopsWhenCancelled(t *testing.T) {
	t.Setenv("LOG_LEVEL_SOURCE_REPO_TICKER", "debug") // Botkube then logs the plugin's stderr
	_, indexURL := publishDist(t)
	// Botkube must not notice that the test ends the plugin below.
	b := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}, healthCheckInterval: time.Hour}).mustStart()

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cancelled := b.stream(ctx, "ticker", "interval: 1s")
	clock := b.stream(t.Context(), "ticker", "interval: 1s")
	b.next(cancelled)
	cancel()
	b.eventually("the end of the stream in the log", func() error {
		select {
		case <-cancelled: // an event that was sent before
		default:
		}
		return lineWith(b.log(), "canceling streaming: context canceled")
	})
	b.next(clock)
	b.next(clock)
	b.silent(cancelled)

	// On this signal, a Go program dumps its goroutines and ends.
	pid := b.process(b.binary("source", distVersion(t), "ticker"))
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	b.logs("plugin process exited")
	if got := strings.Count(b.log(), "main.tick("); got != 1 {
		t.Errorf("found %d goroutines that tick in the plugin, want that of the other stream only", got)
	}
}
