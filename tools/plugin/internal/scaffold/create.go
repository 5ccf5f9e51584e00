// Package scaffold generates new plugins from templates, and the parts of .goreleaser.yaml that
// build and archive the plugins of a repository.
package scaffold

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"botkube-plugins/internal/problem"
)

// templates has a directory for each type, and one for interactive executors. Each is a complete
// plugin with the name myplugin.
// The underscore keeps them out of ./...
//
//go:embed _template
var templates embed.FS

// placeholder stands for the plugin's name in the templates.
const placeholder = "myplugin"

// Sync updates .goreleaser.yaml to match the directories of plugins/. It returns the IDs of the
// plugins, and whether it changed the file.
func (r Repository) Sync(ctx context.Context) (ids []string, changed bool, err error) {
	config, err := r.readConfig()
	if err != nil {
		return nil, false, err
	}
	plugins, err := r.plugins()
	if err != nil {
		return nil, false, err
	}
	for _, p := range plugins {
		ids = append(ids, p.id())
	}
	synced, err := rewrite(config, plugins)
	if err != nil || synced == config {
		return ids, false, err
	}
	if ctx.Err() != nil {
		return nil, false, context.Cause(ctx)
	}
	return ids, true, r.writeConfig(synced)
}

// CheckName rejects a name that is invalid in Botkube, Go or the index.
func (r Repository) CheckName(p Plugin) error {
	if want := r.wantName(p); want != "" {
		return fmt.Errorf("found the name %q, want %s", p.Name, want)
	}
	return nil
}

// Create generates a plugin and its entries in .goreleaser.yaml. The messages of an interactive
// executor have buttons. If Create fails, it changes nothing. It returns the names of the generated
// files, relative to the repository.
func (r Repository) Create(ctx context.Context, p Plugin, interactive bool) ([]string, error) {
	config, err := r.readConfig()
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(r.path("plugins", p.Name)); err == nil {
		return nil, problem.WithHint(fmt.Errorf("plugins/%s exists already", p.Name), "choose another name, or remove that plugin first")
	}
	plugins, err := r.plugins()
	if err != nil {
		return nil, err
	}
	plugins = append(plugins, p)
	slices.SortFunc(plugins, func(a, b Plugin) int { return cmp.Compare(a.Name, b.Name) })
	config, err = rewrite(config, plugins)
	if err != nil {
		return nil, err
	}
	return r.add(ctx, p, interactive, config)
}

// add generates the plugin's directory from the template and writes the configuration, or
// undoes both. It returns the names of the directory's files.
func (r Repository) add(ctx context.Context, p Plugin, interactive bool, config string) (files []string, err error) {
	dir := r.path("plugins", p.Name)
	if err := os.MkdirAll(r.path("plugins"), 0o755); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o755); err != nil { // fails if another process has just created it
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
			_ = os.Remove(r.path("plugins")) // succeeds only if it is empty
		}
	}()
	files, err = p.render(dir, interactive)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return files, r.writeConfig(config)
}

// render writes the files of the plugin's template into a directory. It returns their names,
// relative to the repository.
func (p Plugin) render(dir string, interactive bool) ([]string, error) {
	template := path.Join("_template", string(p.Type))
	if interactive {
		template = "_template/interactive"
	}
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
		text = bytes.ReplaceAll(text, []byte(placeholder), []byte(p.Name))
		if err := os.WriteFile(filepath.Join(dir, entry.Name()), text, 0o644); err != nil {
			return nil, err
		}
		files = append(files, path.Join("plugins", p.Name, entry.Name()))
	}
	return files, nil
}
