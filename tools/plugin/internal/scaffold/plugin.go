package scaffold

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/problem"
)

// Types are the types of plugins. Botkube's packages for the types have the same names.
var Types = []string{string(index.TypeSource), string(index.TypeExecutor)}

// Plugin is a directory of plugins/.
type Plugin struct {
	Type index.Type
	Name string
}

func (p Plugin) id() string { return string(p.Type) + "_" + p.Name }

// Repository is the root directory of a repository of plugins.
type Repository string

func (r Repository) path(elements ...string) string {
	return filepath.Join(append([]string{string(r)}, elements...)...)
}

// HasTools reports whether the repository has this program, and so make targets for it.
func (r Repository) HasTools() bool { return exists(r.path("tools", "plugin", "main.go")) }

// plugins lists the directories of plugins/ by name, except those that ./... does not match.
// plugins/ may be missing, since git does not store empty directories.
func (r Repository) plugins() ([]Plugin, error) {
	entries, err := os.ReadDir(r.path(Dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var plugins []Plugin
	for _, entry := range entries {
		name := entry.Name()
		if !entry.IsDir() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" {
			continue
		}
		typ, err := typeOf(r.path(Dir, name))
		if err != nil {
			return nil, err
		}
		p := Plugin{typ, name}
		if want := r.wantName(p); want != "" {
			return nil, problem.Problem{
				Where: "plugins/" + name, Found: fmt.Sprintf("the name %q", name), Want: want, Hint: "rename the directory",
			}
		}
		plugins = append(plugins, p)
	}
	return plugins, nil
}

// typeOf returns the type of a plugin, from the calls in its code.
func typeOf(dir string) (index.Type, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var found []string
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return "", err
		}
		if file.Name.Name == "main" {
			found = append(found, served(file)...)
		}
	}
	slices.Sort(found)
	switch found = slices.Compact(found); len(found) {
	case 1:
		return index.Type(found[0]), nil
	case 0:
		return "", problem.Problem{
			Where: dir, Found: "no call of source.Serve or executor.Serve in a package main", Want: "one, which makes it a plugin",
			Hint: fmt.Sprintf("remove the directory, or rename it to _%s if it is not a plugin", filepath.Base(dir)),
		}
	}
	return "", problem.Problem{
		Where: dir, Found: "calls of both source.Serve and executor.Serve", Want: "one of them", Hint: "split it into two plugins",
	}
}

// served lists the types of plugins for which a file calls Botkube's Serve.
func served(file *ast.File) []string {
	packages := map[string]string{} // type by the name of its package in the file
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		kind, ok := strings.CutPrefix(path, "github.com/kubeshop/botkube/pkg/api/")
		if !ok || !slices.Contains(Types, kind) {
			continue
		}
		if spec.Name != nil {
			packages[spec.Name.Name] = kind
		} else {
			packages[kind] = kind
		}
	}
	var found []string
	ast.Inspect(file, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok {
			if fun, ok := call.Fun.(*ast.SelectorExpr); ok && fun.Sel.Name == "Serve" {
				if x, ok := fun.X.(*ast.Ident); ok && packages[x.Name] != "" {
					found = append(found, packages[x.Name])
				}
			}
		}
		return true
	})
	return found
}

// maxName is the largest length of a name in bytes. It keeps Botkube's longest file name,
// <type>_<version>_<name>.downloading, within 255 bytes.
const maxName = 63

var (
	nameRule = regexp.MustCompile(`^[a-z][a-z0-9]*([-_][a-z0-9]+)*$`)

	// notForGo matches directories that ./... does not match, that only some packages may import,
	// or that Go rejects because they are reserved on Windows (CheckImportPath in x/mod/module).
	notForGo = regexp.MustCompile(`^(internal|testdata|vendor|aux|con|nul|prn|com[1-9]|lpt[1-9])$`)
)

// botkubeCommands returns Botkube's own commands: AllVerbs in its pkg/execute/command/verb.go.
func botkubeCommands() []string {
	return []string{"ping", "help", "version", "feedback", "list", "enable", "disable", "edit", "status", "show"}
}

// wantName returns what is wanted instead of a plugin's name, or "" if the name is valid.
func (r Repository) wantName(p Plugin) string {
	switch {
	case len(p.Name) > maxName || !nameRule.MatchString(p.Name):
		return fmt.Sprintf("lower-case letters and digits, with - or _ between them, starting with a letter, at most %d in total", maxName)
	case notForGo.MatchString(p.Name):
		return "another name: Go reserves this one, and does not build the directory as a plugin"
	case endsLikePlatform(p.Name):
		return "a name without the platform, which the release appends"
	case p.Type == index.TypeExecutor && slices.Contains(botkubeCommands(), p.Name):
		// Execute in Botkube's pkg/execute/executor.go asks the plugins first.
		return "another name: this one is a command of Botkube, which the executor would replace"
	}
	if _, err := os.Stat(r.path("tools", p.Name, "main.go")); err == nil {
		return fmt.Sprintf("another name: make build puts both the plugin and tools/%s into bin/", p.Name)
	}
	return ""
}

// endsLikePlatform reports whether a name ends like a platform. foo_linux_amd64 would be read as
// the plugin foo.
func endsLikePlatform(name string) bool {
	_, ok, _ := artifact.Parse(string(index.TypeSource) + "_x_" + name)
	return ok
}
