package verify

import (
	"cmp"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/generate"
)

// build identifies the source of a Go binary.
type build struct {
	module, version, revision string
}

// readBuild reads the build information of a binary, if it has any.
func (c *Check) readBuild(binary string) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return // not a Go binary, or without build information
	}
	c.build = build{module: info.Main.Path}
	if info.Main.Version != "(devel)" { // which means that there is no version
		c.build.version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			c.build.revision = s.Value
		case "-race", "-msan", "-asan":
			if s.Value == "true" {
				c.warn(problem.Problem{Found: "a build with " + s.Key, Want: "one without, which is faster and smaller"})
			}
		case "-gcflags":
			if flags := strings.Fields(s.Value); slices.ContainsFunc(flags, func(f string) bool { return f == "-N" || strings.HasSuffix(f, "=-N") }) {
				c.warn(problem.Problem{Found: "a build without optimization (-gcflags " + s.Value + ")", Want: "an optimized one"})
			}
		}
	}
}

// streamProbe is how long a source may take to return an error from Stream.
const streamProbe = time.Second

// start starts a plugin, by the command if there is one, and compares its metadata with the index.
func (v *verifier) start(ctx context.Context, c *Check, e index.Entry, a index.Artifact, command []string, binary string) error {
	err := pluginhost.Run(ctx, pluginhost.Config{
		Path: binary, Exec: command, Kind: pluginhost.Kind(e.Type), Timeout: v.opts.Timeout, Sandbox: v.opts.Sandbox,
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
			c.warn(problem.Problem{Found: fmt.Sprintf("a source that does not stream without a config (%s)", err), Want: "one that does, if it can"})
			return nil
		}
		return err
	})
	if fault, ok := errors.AsType[problem.Problem](err); ok {
		c.report(fault)
		return nil
	}
	return err
}

// compare compares the plugin's metadata with its entry.
func (c *Check) compare(e index.Entry, a index.Artifact, md pluginhost.Metadata) {
	reported := generate.Entry(e.Type, e.Name, md)
	if e.Type == index.TypeExecutor {
		reported.ExternalRequest = e.ExternalRequest // not in an executor's metadata
	}
	want := values(e, a)
	stated := a.Dependencies
	a.Dependencies = generate.Dependencies(a.Platform, md)
	for name, d := range stated {
		// Whoever adds a checksum chooses the file: generate adds dependencies, and mirror moves them.
		if strings.Contains(d.URL, "checksum=") {
			a.Dependencies[name] = d
		}
	}
	got := values(reported, a)
	all := maps.Clone(want)
	maps.Copy(all, got)
	for _, field := range slices.Sorted(maps.Keys(all)) {
		g, w := cmp.Or(got[field], problem.Nothing), cmp.Or(want[field], problem.Nothing)
		if g != w {
			from := difference(g, w)
			c.report(problem.Problem{
				Field: field,
				Found: excerpt(g, from) + " in the plugin's metadata",
				Want:  excerpt(w, from) + ", as the index says",
				Hint:  "generate the index again from exactly this binary",
			})
		}
	}
}

// values returns all values of an entry with only this artifact, as JSON, by field. A dependency's
// field is relative to the artifact.
func values(e index.Entry, a index.Artifact) map[string]string {
	e.URLs = []index.Artifact{a}
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // an entry holds only strings and booleans
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		panic(err)
	}
	all := map[string]string{}
	var add func(field string, node any)
	add = func(field string, node any) {
		switch node := node.(type) {
		case map[string]any:
			for name, child := range node {
				add(strings.TrimPrefix(field+"."+name, "."), child)
			}
		case []any:
			for _, child := range node {
				add("", child)
			}
		default:
			var value strings.Builder
			encoder := json.NewEncoder(&value)
			encoder.SetEscapeHTML(false)
			_ = encoder.Encode(node) // it was read from JSON
			all[field] = strings.TrimSuffix(value.String(), "\n")
		}
	}
	add("", tree)
	return all
}

// difference returns the number of characters before the first difference.
func difference(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	n := 0
	for n < min(len(ra), len(rb)) && ra[n] == rb[n] {
		n++
	}
	return n
}

// excerpt shortens a text to the part around a position, in characters.
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
