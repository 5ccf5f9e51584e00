package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/fetch"
	"botkube-plugins/tools/indexgen/internal/mirror"
	"botkube-plugins/tools/indexgen/internal/verify"
)

// indexArg is an argument NAME=INDEX.
type indexArg struct{ name, index string }

// check validates the flags and parses the arguments.
func (f *mirrorFlags) check(args []string) error {
	for _, arg := range args {
		name, index, ok := strings.Cut(arg, "=")
		if !ok || index == "" || !repositoryName.MatchString(name) {
			return cli.Usagef("found %q, want NAME=INDEX, where NAME is the repository's name in Botkube's values, such as mine=%s", arg, indexFile)
		}
		f.indexes = append(f.indexes, indexArg{name, index})
	}
	for _, check := range []func() error{f.checkLayout, f.checkSelection, f.checkHeaders, f.sandbox.check, f.download.check} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (f *mirrorFlags) checkLayout() error {
	if !slices.Contains(layoutNames(), f.layout) {
		return cli.Usagef("--layout: found %q, want one of %s", f.layout, strings.Join(layoutNames(), ", "))
	}
	if http := f.layout == string(mirror.LayoutHTTP); http {
		var err error
		if f.baseURL, err = parseMirrorURL(f.baseURL); err != nil {
			return err
		}
	} else if f.baseURL != "" {
		return cli.Usagef("--base-url: found it with --layout %s, want it with --layout http only", f.layout)
	}
	f.dir = f.output
	if err := f.checkImage(); err != nil {
		return err
	}
	if f.lock == "" {
		f.lock = filepath.Join(f.dir, mirror.LockFile)
	}
	if f.registry != nil {
		f.dir = filepath.Dir(f.lock)
	}
	return nil
}

// checkImage parses the --output of an image.
func (f *mirrorFlags) checkImage() error {
	oci := f.layout == string(mirror.LayoutOCI)
	dir, isDir := strings.CutPrefix(f.output, "oci:")
	reference, isRegistry := strings.CutPrefix(f.output, "docker://")
	switch {
	case oci != (isDir || isRegistry):
		return cli.Usagef("--output: found %q with --layout %s, want oci:DIR or docker://REGISTRY/REPOSITORY:TAG with --layout oci, and a directory with the others", f.output, f.layout)
	case f.image != "" && !isDir:
		return cli.Usagef("--image: found it without --output oci:DIR, want it only there")
	case !oci:
		return nil
	case isDir && f.image == "":
		return cli.Usagef("--image: found nothing, want the REGISTRY/REPOSITORY:TAG under which you will push the image, for Botkube's values")
	case isDir:
		f.dir, reference = dir, f.image
	}
	parsed, err := mirror.ParseReference(reference)
	if err != nil {
		return cli.Usagef("found the image %q, want REGISTRY/REPOSITORY:TAG: %w", reference, err)
	}
	f.image = parsed.String()
	if isRegistry {
		f.dir = "."
		f.registry = &mirror.Registry{Reference: parsed, Tries: f.download.tries, Wait: f.download.backoff}
	}
	return nil
}

func (f *mirrorFlags) checkSelection() error {
	if f.keep < 0 {
		return cli.Usagef("--keep: found %d, want at least 0", f.keep)
	}
	f.selection.Keep = f.keep
	for _, p := range f.platforms {
		platform, err := parsePlatform(p)
		if err != nil {
			return err
		}
		f.selection.Platforms = append(f.selection.Platforms, platform)
	}
	for _, p := range f.plugins {
		name, version, _ := strings.Cut(p, "@")
		f.selection.Plugins = append(f.selection.Plugins, mirror.Plugin{Name: name, Version: version})
	}
	return nil
}

var errUnreadable = errors.New("not an index")

// repositories reads the indexes and selects the plugins.
func (f *mirrorFlags) repositories(ctx context.Context, client *fetch.Client) ([]mirror.Repository, error) {
	var all []mirror.Repository
	for _, arg := range f.indexes {
		data, err := readIndex(ctx, client, arg.index, f.header)
		if err != nil {
			return nil, err
		}
		ix, err := index.Decode(data)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", problem.Problem{
				Where: "index", Found: fmt.Sprintf("the error %q", err), Want: "an index that Botkube can read", URL: arg.index, Hint: problem.Hint(err),
			}, errUnreadable)
		}
		source, err := mirror.SourceOf(arg.index, data)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(all, func(r mirror.Repository) bool { return r.Name == arg.name })
		if at < 0 {
			at = len(all)
			all = append(all, mirror.Repository{Name: arg.name})
		}
		all[at].Sources = append(all[at].Sources, source)
		all[at].Index = mirror.Merge(all[at].Index, ix)
	}
	used := make([]bool, len(f.selection.Plugins))
	for i := range all {
		all[i].Index = f.selection.Of(all[i].Index, used)
	}
	for i := range f.selection.Plugins {
		if !used[i] {
			return nil, cli.Usagef("--plugin: no index has %s for such a platform", f.plugins[i])
		}
	}
	all = slices.DeleteFunc(all, func(r mirror.Repository) bool { return len(r.Index.Entries) == 0 })
	if len(all) == 0 {
		return nil, cli.Usage(verify.ErrNothing)
	}
	return all, nil
}

// checkHeaders parses --header and --artifact-header. A header is for one origin: whoever serves
// another index or file must not get it.
func (f *mirrorFlags) checkHeaders() error {
	var err error
	if f.header, err = parseHeaders(f.headers); err != nil {
		return err
	}
	var origins []string
	for _, arg := range f.indexes {
		if u, err := url.Parse(arg.index); err == nil && u.Host != "" {
			origins = append(origins, fetch.Origin(u))
		}
	}
	slices.Sort(origins)
	if len(f.header) > 0 && len(slices.Compact(origins)) > 1 {
		return cli.Usagef("--header: found indexes at several origins, want one origin, since the header may be secret; mirror the others from files")
	}
	f.origins = map[string]http.Header{}
	for _, text := range f.artifactHeaders {
		origin, rest, _ := strings.Cut(text, " ")
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil || u.RawQuery != "" {
			return cli.Usagef("--artifact-header: found a value of another form, want 'ORIGIN Name: value' with an origin such as https://example.com; it is not shown, since it may be secret")
		}
		header := f.origins[fetch.Origin(u)]
		if header == nil {
			header = http.Header{}
			f.origins[fetch.Origin(u)] = header
		}
		if !addHeader(header, rest) {
			return cli.Usagef("--artifact-header: found a value of another form, want 'ORIGIN Name: value'; it is not shown, since it may be secret")
		}
	}
	return nil
}

// headerFor returns the header for a file at a URL.
func (f *mirrorFlags) headerFor(link string) http.Header {
	u, err := url.Parse(link)
	if err != nil {
		return nil
	}
	return f.origins[fetch.Origin(u)]
}

// parseMirrorURL checks and normalizes --base-url of mirror.
func parseMirrorURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "file" {
		return parseBaseURL(text)
	}
	link := (&url.URL{Scheme: "file", Path: strings.TrimRight(u.Path, "/")}).String()
	if u.Host != "" || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Path, "//") || strings.Trim(u.Path, "/") == "" {
		return "", cli.Usagef("--base-url: found %q, want a directory such as file:///plugins", text)
	}
	return link, nil
}
