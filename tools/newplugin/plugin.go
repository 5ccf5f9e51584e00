package main

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
)

// kinds are the types of plugins, which are also the names of Botkube's packages for them.
var kinds = []string{string(index.TypeSource), string(index.TypeExecutor)}

// plugin is a directory of plugins/.
type plugin struct{ kind, name string }

func (p plugin) id() string { return p.kind + "_" + p.name }

// repository is the directory in which everything is.
type repository struct{ root string }

func (r repository) path(elements ...string) string {
	return filepath.Join(append([]string{r.root}, elements...)...)
}

// plugins lists the directories of plugins/ by name, apart from those that ./... does not find.
// If there is no plugins/, there are none: git keeps no empty directory.
func (r repository) plugins() ([]plugin, error) {
	entries, err := os.ReadDir(r.path("plugins"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var plugins []plugin
	for _, entry := range entries {
		name := entry.Name()
		if !entry.IsDir() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" {
			continue
		}
		kind, err := kindOf(r.path("plugins", name))
		if err != nil {
			return nil, err
		}
		p := plugin{kind, name}
		if want := r.badName(p); want != "" {
			return nil, fmt.Errorf("plugins/%s: found the name %q, want %s\nhint: rename the directory", name, name, want)
		}
		plugins = append(plugins, p)
	}
	return plugins, nil
}

// kindOf finds out from a plugin's code what it serves.
func kindOf(dir string) (string, error) {
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
		return found[0], nil
	case 0:
		return "", fmt.Errorf("%s: found no call of source.Serve or executor.Serve in a package main, want one, which makes it a plugin\n"+
			"hint: remove the directory, or name it _%s if it is to stay and is no plugin", dir, filepath.Base(dir))
	}
	return "", fmt.Errorf("%s: found calls of both source.Serve and executor.Serve, want one of them\n"+
		"hint: make two plugins of it", dir)
}

// served lists the kinds of plugins for which a file calls Botkube's Serve.
func served(file *ast.File) []string {
	packages := map[string]string{} // kinds by what the file calls their packages
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value) // the parser has seen to it
		kind, ok := strings.CutPrefix(path, "github.com/kubeshop/botkube/pkg/api/")
		if !ok || !slices.Contains(kinds, kind) {
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

// maxName is how many bytes a name may have. The longest file name that is made of it is
// Botkube's <type>_<version>_<name>.downloading, of at most 255.
const maxName = 63

var (
	nameRule = regexp.MustCompile(`^[a-z][a-z0-9]*([-_][a-z0-9]+)*$`)

	// notForGo are directories that ./... does not find or that only some may import, and those
	// that Go refuses everywhere since Windows cannot have them (CheckImportPath in x/mod/module).
	notForGo = regexp.MustCompile(`^(internal|testdata|vendor|aux|con|nul|prn|com[1-9]|lpt[1-9])$`)
)

// botkubeCommands returns Botkube's own commands, AllVerbs in its pkg/execute/command/verb.go.
func botkubeCommands() []string {
	return []string{"ping", "help", "version", "feedback", "list", "enable", "disable", "edit", "status", "show"}
}

// badName returns what is wanted instead of a plugin's name, and nothing if the name is good.
func (r repository) badName(p plugin) string {
	switch {
	case len(p.name) > maxName || !nameRule.MatchString(p.name):
		return fmt.Sprintf("lower-case letters and digits, with a - or _ between them, a letter first, and at most %d in all", maxName)
	case notForGo.MatchString(p.name):
		return "another: Go keeps this one for something else, and would not build the directory as a plugin"
	case endsLikePlatform(p.name):
		return "a name without the platform, which the release appends"
	case p.kind == string(index.TypeExecutor) && slices.Contains(botkubeCommands(), p.name):
		// Execute in Botkube's pkg/execute/executor.go asks the plugins first.
		return "another: it is a command of Botkube's own, which this executor would take over"
	}
	if _, err := os.Stat(r.path("tools", p.name, "main.go")); err == nil {
		return fmt.Sprintf("another: make build puts both this and tools/%s into bin/", p.name)
	}
	return ""
}

// endsLikePlatform finds names such as foo_linux_amd64. A reader of file names, though not
// indexgen, would take it for foo.
func endsLikePlatform(name string) bool {
	parts := strings.Split(name, "_")
	n := len(parts)
	return n >= 2 && index.KnownPlatform(index.Platform{OS: parts[n-2], Arch: parts[n-1]})
}
