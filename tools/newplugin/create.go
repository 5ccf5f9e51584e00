package main

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// templates has a directory for each kind. They are plugins as they are, of the name myplugin;
// the underscore keeps them out of ./...
//
//go:embed _template
var templates embed.FS

// placeholder stands for the plugin's name in the templates.
const placeholder = "myplugin"

// sync brings .goreleaser.yaml in line with the directories of plugins/.
func (r repository) sync(ctx context.Context, out io.Writer) error {
	config, err := r.readConfig()
	if err != nil {
		return err
	}
	plugins, err := r.plugins()
	if err != nil {
		return err
	}
	synced, err := rewrite(config, plugins)
	if err != nil {
		return err
	}
	did := "has them already"
	if synced != config {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := r.writeConfig(synced); err != nil {
			return err
		}
		did = "is brought in line"
	}
	var ids []string
	for _, p := range plugins {
		ids = append(ids, p.id())
	}
	fmt.Fprintf(out, "plugins/ has %s; %s %s\n", cmp.Or(strings.Join(ids, ", "), "no plugins"), configFile, did)
	return nil
}

// create makes a plugin and its entries in .goreleaser.yaml, or leaves everything as it was.
func (r repository) create(ctx context.Context, p plugin, out io.Writer) error {
	if err := r.check(p); err != nil {
		return err
	}
	config, err := r.readConfig()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(r.path("plugins", p.name)); err == nil {
		return fmt.Errorf("found plugins/%s, want a name that is free\nhint: choose another, or remove that plugin first", p.name)
	}
	plugins, err := r.plugins()
	if err != nil {
		return err
	}
	plugins = append(plugins, p)
	slices.SortFunc(plugins, func(a, b plugin) int { return cmp.Compare(a.name, b.name) })
	config, err = rewrite(config, plugins)
	if err != nil {
		return err
	}
	files, err := r.add(ctx, p, config)
	if err != nil {
		return err
	}
	report(out, p, files)
	return nil
}

// add makes the plugin's directory from the template and writes the configuration, or undoes
// both. It returns the names of the directory's files.
func (r repository) add(ctx context.Context, p plugin, config string) (files []string, err error) {
	dir := r.path("plugins", p.name)
	if err := os.MkdirAll(r.path("plugins"), 0o755); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o755); err != nil { // also if somebody else has made it meanwhile
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
			_ = os.Remove(r.path("plugins")) // which succeeds only if nothing else is in it
		}
	}()
	files, err = p.render(dir)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return files, r.writeConfig(config)
}

// render writes the files of the plugin's template into a directory, and returns their names.
func (p plugin) render(dir string) ([]string, error) {
	template := path.Join("_template", p.kind)
	entries, err := templates.ReadDir(template)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		text, err := templates.ReadFile(path.Join(template, entry.Name()))
		if err != nil {
			return nil, err
		}
		text = bytes.ReplaceAll(text, []byte(placeholder), []byte(p.name))
		if err := os.WriteFile(filepath.Join(dir, entry.Name()), text, 0o644); err != nil {
			return nil, err
		}
		files = append(files, entry.Name())
	}
	return files, nil
}

// report says what was made, and what may be done next.
func report(out io.Writer, p plugin, files []string) {
	fmt.Fprintf(out, "made the %s %s:\n", p.kind, p.name)
	for _, file := range files {
		fmt.Fprintf(out, "  plugins/%s/%s\n", p.name, file)
	}
	fmt.Fprintf(out, `  %s (its build and archive)

next, change it as you like, and then
  make test
  make run PLUGIN=%s
  make index
`, configFile, p.name)
}
