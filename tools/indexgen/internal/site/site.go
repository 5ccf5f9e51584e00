// Package site makes a static web site of plugin indexes: an overview with a search, and a page for
// each plugin.
//
// Everything in an index and in a README is foreign text. html/template escapes it, the pages allow no
// script but their own, and they request nothing from anywhere else.
package site

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"

	"golang.org/x/sync/errgroup"
)

// Repository is a plugin repository, as Botkube's values name it.
type Repository struct {
	Name string // in Botkube's values
	// URL is the URL of the index in Botkube's values.
	URL string
	// Workflow is the OWNER/REPO on GitHub whose release-plugins.yml releases the plugins, or "" if it is
	// that of the plugins.
	Workflow string
	// Index is an index that Botkube accepts (index.Check).
	Index index.Index
	// Size returns the size of the file at a URL in bytes, and false if it is not known. It may be nil.
	Size func(url string) (int64, bool)
	// README returns the README of a plugin in Markdown, or "" if there is none. It may be nil.
	README func(plugin string) (string, error)
}

// Files are the files of a site, by their slash-separated path.
type Files map[string][]byte

//go:embed assets
var assets embed.FS

//go:embed templates
var templateFiles embed.FS

// policy is the Content-Security-Policy of the pages. A page that is opened as a file has it, too.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"

// Build makes the site. The same repositories give the same bytes.
func Build(ctx context.Context, repositories []Repository) (Files, error) {
	templates, err := template.New("").Funcs(template.FuncMap{
		"count":    problem.Count,
		"escape":   problem.Escape,
		"line":     problem.OneLine,
		"policy":   func() string { return policy },
		"segments": func(path string) []string { return strings.SplitAfter(path, ".") },
		"webURL":   webURL,
	}).ParseFS(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	plugins := pluginsOf(repositories)
	pages := make([][]byte, len(plugins))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range plugins {
		group.Go(func() error {
			page, err := p.page(ctx)
			if err == nil {
				pages[i], err = render(templates, "plugin.html", page)
			}
			if err != nil && ctx.Err() == nil {
				err = fmt.Errorf("%s: %w", p.newest.Label(), err)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	files := Files{}
	for i, p := range plugins {
		files[p.path()] = pages[i]
	}
	if files[Overview], err = render(templates, "overview.html", newOverview(repositories, plugins)); err != nil {
		return nil, err
	}
	return files, addAssets(files)
}

// Overview is the path of the overview in Files.
const Overview = "index.html"

func render(templates *template.Template, name string, data any) ([]byte, error) {
	var out bytes.Buffer
	err := templates.ExecuteTemplate(&out, name, data)
	return out.Bytes(), err
}

func addAssets(files Files) error {
	return fs.WalkDir(assets, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[path], err = assets.ReadFile(path)
		return err
	})
}

// pluginsOf returns the plugins of all repositories, in their order, by name and type.
func pluginsOf(repositories []Repository) []plugin {
	var plugins []plugin
	for _, r := range repositories {
		first := len(plugins)
		for _, e := range r.Index.Sorted().Entries {
			if last := len(plugins) - 1; last >= first && plugins[last].newest.Key() == e.Key() {
				plugins[last].older = append(plugins[last].older, e)
				continue
			}
			plugins = append(plugins, plugin{repository: r, newest: e})
		}
		slices.SortStableFunc(plugins[first:], func(a, b plugin) int { return strings.Compare(a.newest.Name, b.newest.Name) })
	}
	return plugins
}

// Plugins returns how many plugins the site shows.
func (f Files) Plugins() int {
	n := 0
	for name := range f {
		if strings.HasPrefix(name, pluginDir+"/") {
			n++
		}
	}
	return n
}
