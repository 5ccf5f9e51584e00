package verify

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/report"
)

// build is what a Go binary says of its source.
type build struct {
	module, version, revision string
}

// readBuild reads the build information of a binary, if it has any.
func (c *Check) readBuild(binary string) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return // not Go, or stripped of it
	}
	c.build = build{module: info.Main.Path}
	if info.Main.Version != "(devel)" { // which is none
		c.build.version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			c.build.revision = s.Value
		case "-race", "-msan", "-asan":
			if s.Value == "true" {
				c.warn("a build with "+s.Key, "one without, which is faster and smaller", "")
			}
		case "-gcflags":
			if flags := strings.Fields(s.Value); slices.ContainsFunc(flags, func(f string) bool { return f == "-N" || strings.HasSuffix(f, "=-N") }) {
				c.warn("a build without optimization (-gcflags "+s.Value+")", "an optimized one", "")
			}
		}
	}
}

// streamProbe is how long a source may take to say that it does not stream.
const streamProbe = time.Second

// start starts a plugin for this machine and compares what it says with the index.
func (v *verifier) start(ctx context.Context, c *Check, e index.Entry, a index.Artifact, binary string) error {
	if err := v.starting.take(ctx); err != nil {
		return err
	}
	defer v.starting.give()
	err := pluginhost.Run(ctx, pluginhost.Config{
		Path: binary, Kind: pluginhost.Kind(e.Type), Timeout: v.opts.Timeout,
	}, func(ctx context.Context, p *pluginhost.Plugin) error {
		md, err := p.Metadata(ctx)
		if err != nil {
			return err
		}
		c.Started = true
		c.compare(e, a, md)
		if e.Type == index.TypeExecutor {
			_, err := p.Help(ctx)
			return err
		}
		err = p.ProbeStream(ctx, streamProbe)
		if errors.Is(err, pluginhost.ErrRefused) {
			c.warn(fmt.Sprintf("a source that does not stream without a config (%s)", err), "one that does, if it can", "")
			return nil
		}
		return err
	})
	if fault, ok := errors.AsType[*pluginhost.Error](err); ok {
		c.report(report.Problem{Where: c.where(), Found: fault.Found, Want: fault.Want, Stderr: fault.Stderr})
		return nil
	}
	return err
}

// compare compares what the plugin says of itself with its entry.
func (c *Check) compare(e index.Entry, a index.Artifact, md pluginhost.Metadata) {
	got := fields(generate.Entry(e.Type, e.Name, md), generate.Dependencies(a.Platform, md))
	want := fields(e, a.Dependencies)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			from := difference(got[name], want[name])
			c.report(report.Problem{
				Where: c.where() + ": " + name,
				Found: excerpt(got[name], from) + " in the plugin's metadata",
				Want:  excerpt(want[name], from) + ", as the index says",
				Hint:  "make the index anew from this very binary",
			})
		}
	}
}

// fields lists what an index and a plugin's metadata both tell, as text.
func fields(e index.Entry, dependencies index.Dependencies) map[string]string {
	f := map[string]string{
		"version":           strconv.Quote(e.Version),
		"description":       strconv.Quote(e.Description),
		"documentationUrl":  strconv.Quote(e.DocumentationURL),
		"jsonSchema.value":  strconv.Quote(e.JSONSchema.Value),
		"jsonSchema.refURL": strconv.Quote(e.JSONSchema.RefURL),
		"recommended":       strconv.FormatBool(e.Recommended),
	}
	if e.Type == index.TypeSource { // an executor has no way to tell
		payload := e.ExternalRequest.Payload.JSONSchema
		f["externalRequest.payload.jsonSchema.value"] = strconv.Quote(payload.Value)
		f["externalRequest.payload.jsonSchema.refURL"] = strconv.Quote(payload.RefURL)
	}
	var urls []string
	for name, d := range sorted(dependencies) {
		urls = append(urls, name+" "+d.URL)
	}
	f["dependencies"] = fmt.Sprintf("%q", urls)
	return f
}

// difference is where, in characters, two texts begin to differ.
func difference(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	n := 0
	for n < min(len(ra), len(rb)) && ra[n] == rb[n] {
		n++
	}
	return n
}

// excerpt shortens a text to the surroundings of a place in it.
func excerpt(s string, at int) string {
	const before, limit = 40, 160
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	from := max(0, min(at-before, len(runes)-limit))
	text := string(runes[from:min(from+limit, len(runes))])
	if from > 0 {
		text = "…" + text
	}
	if from+limit < len(runes) {
		text += "…"
	}
	return text
}
