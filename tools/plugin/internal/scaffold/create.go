// Package scaffold generates new plugins from templates, and the parts of GoReleaser's configuration that
// build and archive the plugins of a repository.
package scaffold

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"botkube-plugins/internal/goreleaser"
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

// Dir is where plugins are, unless Options name another directory.
const Dir = "plugins"

// Sync updates the configuration of GoReleaser to match the directories of plugins/, or generates it. It
// returns the IDs of the plugins, the name of the file, and whether it changed it.
func (r Repository) Sync(ctx context.Context) (ids []string, file string, changed bool, err error) {
	if err := r.checkRoot(); err != nil {
		return nil, "", false, err
	}
	file, config, err := r.readConfig()
	if err != nil {
		return nil, "", false, err
	}
	base := config
	if file == "" {
		file, base = goreleaser.File, newConfig()
	}
	plugins, err := r.plugins()
	if err != nil {
		return nil, "", false, err
	}
	for _, p := range plugins {
		ids = append(ids, p.id())
	}
	synced, err := rewrite(file, base, plugins)
	if err != nil || synced == config {
		return ids, file, false, err
	}
	if ctx.Err() != nil {
		return nil, "", false, context.Cause(ctx)
	}
	return ids, file, true, r.replace(file, []byte(synced))
}

func (r Repository) checkRoot() error {
	_, err := os.Stat(r.path("go.mod"))
	return problem.WithHint(err, "run this in the root of a Go module; go mod init makes one")
}

// CheckName rejects a name that is invalid in Botkube, Go or the index.
func (r Repository) CheckName(p Plugin) error {
	if want := r.wantName(p); want != "" {
		return fmt.Errorf("found the name %q, want %s", p.Name, want)
	}
	return nil
}

// Options are how a plugin is generated.
type Options struct {
	Interactive bool   // messages of an executor have buttons
	Dir         string // the directory of the plugin's own one, with slashes
}

// Created is what Create has generated.
type Created struct {
	Files []string // of the plugin, relative to the repository
	// Kit are the directories of packages that the plugin imports, and Required the new lines of go.mod. Both
	// are empty if the module has the packages already.
	Kit, Required []string
	// Config is the configuration of GoReleaser, or empty if there is none. If Entries is not empty, it was not
	// changed because of Reason, and lacks the Entries.
	Config, Entries string
	Reason          error
	Archived        bool // whether the configuration has an archive for the plugin
}

// Create generates a plugin, the packages that it imports if the module lacks them, and its entries in the
// configuration of GoReleaser. If Create fails, it changes nothing.
func (r Repository) Create(ctx context.Context, p Plugin, o Options) (c Created, err error) {
	if err := r.checkRoot(); err != nil {
		return c, err
	}
	m, err := goMod(ctx, string(r), "go.mod")
	if err != nil {
		return c, err
	}
	if dir := path.Join(o.Dir, p.Name); exists(r.path(dir)) {
		return c, problem.WithHint(fmt.Errorf("%s exists already", dir), "choose another name, or remove that plugin first")
	}
	if exists(r.path(kit)) && !exists(r.path(kit, "pluginkit.go")) {
		return c, problem.WithHint(fmt.Errorf("%s exists and is not the package that plugins import", kit), "move it, and plugin new generates the package")
	}
	config, err := c.plan(r, p, o.Dir)
	if err != nil {
		return c, err
	}
	return c, r.add(ctx, p, o, m, config, &c)
}

// plan returns the new configuration of GoReleaser, or "" if it does not change.
func (c *Created) plan(r Repository, p Plugin, dir string) (string, error) {
	file, config, err := r.readConfig()
	c.Config = file
	if err != nil || file == "" {
		return "", err
	}
	if !marked.MatchString(config) {
		added, archived, err := insert(config, p, dir)
		c.Archived = archived
		if err != nil {
			c.Reason, c.Entries = err, "builds:\n"+p.build(dir, builder{})+"archives:\n"+p.archive()
		}
		return added, nil
	}
	if dir != Dir {
		return "", problem.WithHint(fmt.Errorf("%s has generated entries for %s/, and none for %s", file, Dir, dir), "leave out --dir")
	}
	plugins, err := r.plugins()
	if err != nil {
		return "", err
	}
	plugins = append(plugins, p)
	slices.SortFunc(plugins, func(a, b Plugin) int { return cmp.Compare(a.Name, b.Name) })
	c.Archived = true
	return rewrite(file, config, plugins)
}

// add generates everything, or undoes it.
func (r Repository) add(ctx context.Context, p Plugin, o Options, m module, config string, c *Created) (err error) {
	var undo []func() error
	defer func() {
		if err != nil {
			for _, u := range slices.Backward(undo) {
				err = errors.Join(err, u())
			}
		}
	}()
	mkdir := func(dir string) error { // with its parents
		for _, dir := range r.missing(dir) {
			if err := os.Mkdir(r.path(dir), 0o755); err != nil { // fails if another process has just created it
				return err
			}
			undo = append(undo, func() error { return os.RemoveAll(r.path(dir)) })
		}
		return nil
	}
	imports := r.imports(m.Module.Path)
	hasKit := exists(r.path(kit))
	dir := path.Join(o.Dir, p.Name)
	if err := mkdir(dir); err != nil {
		return err
	}
	if c.Files, err = p.render(r, dir, o.Interactive, imports); err != nil {
		return err
	}
	if !hasKit {
		if err := mkdir(kit); err != nil {
			return err
		}
		if c.Kit, err = r.writeKit(imports); err != nil {
			return err
		}
		required, restore, err := r.require(ctx, m)
		if err != nil {
			return err
		}
		c.Required, undo = required, append(undo, restore)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if config == "" {
		return nil
	}
	return r.replace(c.Config, []byte(config))
}

// missing lists a directory and its parents that do not exist, outermost first.
func (r Repository) missing(dir string) (dirs []string) {
	for ; dir != "." && !exists(r.path(dir)); dir = path.Dir(dir) {
		dirs = append(dirs, dir)
	}
	slices.Reverse(dirs)
	return dirs
}

// render writes the files of the plugin's template into a directory. It returns their names,
// relative to the repository.
func (p Plugin) render(r Repository, dir string, interactive bool, imports *strings.Replacer) ([]string, error) {
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
		rendered := imports.Replace(strings.ReplaceAll(string(text), placeholder, p.Name)) // a module path may have the placeholder
		file := path.Join(dir, entry.Name())
		if err := os.WriteFile(r.path(filepath.FromSlash(file)), []byte(rendered), 0o644); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}
