package scaffold

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	sources "botkube-plugins"
	"botkube-plugins/internal/problem"

	"github.com/hashicorp/go-version"
)

// kit is the directory of the package that plugins import. Copied into another module, the packages that it
// needs itself are below it.
const kit = "internal/pluginkit"

// own is the path of the module with the embedded sources.
const own = "botkube-plugins"

// module is what matters of a go.mod.
type module struct {
	Module  struct{ Path string }
	Go      string
	Require []struct {
		Path, Version string
		Indirect      bool
	}
}

// goMod reads a go.mod with the go command.
func goMod(ctx context.Context, dir, file string) (m module, err error) {
	out, err := goCommand(ctx, dir, "mod", "edit", "-json", file)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(out, &m)
}

// goCommand runs the go command on one module, without its workspace.
func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("go %s failed: %w: %s", strings.Join(args[:min(2, len(args))], " "), err, bytes.TrimSpace(errs.Bytes()))
	}
	return out, nil
}

// imports maps the import paths of the embedded sources to those of a module. The packages are below the kit
// if that is where the module has them, or will have them.
func (r Repository) imports(modulePath string) *strings.Replacer {
	below := kit
	if exists(r.path(kit)) && !exists(r.path(kit, "problem")) {
		below = "internal"
	}
	quoted := strconv.Quote
	return strings.NewReplacer(
		quoted(own+"/internal/problem"), quoted(modulePath+"/"+below+"/problem"),
		quoted(own+"/internal/jsonschema"), quoted(modulePath+"/"+below+"/jsonschema"),
		`"`+own+"/"+kit, `"`+modulePath+"/"+kit,
	)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// writeKit writes the embedded packages. It returns the directories, relative to the repository.
func (r Repository) writeKit(imports *strings.Replacer) (dirs []string, err error) {
	err = fs.WalkDir(sources.Sources, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(sources.Sources, file)
		if err != nil {
			return err
		}
		if rest := strings.TrimPrefix(file, "internal/"); !strings.HasPrefix(file, kit) {
			file = path.Join(kit, rest)
		}
		if dir := path.Dir(file); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
			if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
				return err
			}
		}
		return os.WriteFile(r.path(file), []byte(imports.Replace(string(text))), 0o644)
	})
	slices.Sort(dirs)
	return dirs, err
}

// imported returns the modules that the embedded packages and the templates import.
func imported(ours module) (map[string]bool, error) {
	needed := map[string]bool{}
	for _, from := range []fs.FS{sources.Sources, templates} {
		err := fs.WalkDir(from, ".", func(name string, _ fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".go" {
				return err
			}
			text, err := fs.ReadFile(from, name)
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, spec := range file.Imports {
				pkg, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
				for _, m := range ours.Require {
					if pkg == m.Path || strings.HasPrefix(pkg, m.Path+"/") {
						needed[m.Path] = true
					}
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return needed, nil
}

// newer reports whether version a is higher than b. An empty version is the lowest.
func newer(a, b string) bool {
	va, errA := version.NewVersion(a)
	vb, errB := version.NewVersion(cmp.Or(b, "0"))
	return errA == nil && (errB != nil || va.GreaterThan(vb))
}

var moduleFiles = []string{"go.mod", "go.sum"}

// require adds what packages of the repository need to go.mod and go.sum. It returns the lines that it adds
// to go.mod, and a function that restores both files.
func (r Repository) require(ctx context.Context, theirs module) (added []string, undo func() error, err error) {
	temp, err := os.MkdirTemp("", "plugin-new-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(temp)
	old := map[string][]byte{}
	for name, ours := range map[string][]byte{"go.mod": nil, "go.sum": sources.GoSum} {
		old[name], err = os.ReadFile(r.path(name))
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			err = os.WriteFile(filepath.Join(temp, name), append(slices.Clone(old[name]), ours...), 0o600)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	edited := filepath.Join(temp, "go.mod")
	edits, err := edits(ctx, temp, theirs)
	if err != nil {
		return nil, nil, err
	}
	if _, err := goCommand(ctx, string(r), append(edits, edited)...); err != nil {
		return nil, nil, err
	}
	if _, err := goCommand(ctx, string(r), "mod", "tidy", "-modfile="+edited); err != nil {
		return nil, nil, problem.WithHint(err, "it downloads Go modules, so it needs the network or a filled module cache")
	}
	undo = func() (err error) {
		for _, name := range moduleFiles {
			if old[name] == nil {
				err = errors.Join(err, os.RemoveAll(r.path(name)))
			} else {
				err = errors.Join(err, r.replace(name, old[name]))
			}
		}
		return err
	}
	for _, name := range moduleFiles {
		data, err := os.ReadFile(filepath.Join(temp, name))
		if err == nil {
			err = r.replace(name, data)
		}
		if err != nil {
			return nil, nil, errors.Join(err, undo())
		}
		if name == "go.mod" {
			added = newLines(old[name], data)
		}
	}
	return added, undo, nil
}

// edits returns the arguments of go mod edit that add the modules that are missing, in the versions that are
// known to work together, and raise those that a plugin imports itself. go mod tidy removes what is not
// needed.
func edits(ctx context.Context, temp string, theirs module) ([]string, error) {
	file := filepath.Join(temp, "ours.mod")
	if err := os.WriteFile(file, sources.GoMod, 0o600); err != nil {
		return nil, err
	}
	ours, err := goMod(ctx, temp, file)
	if err != nil {
		return nil, err
	}
	direct, err := imported(ours)
	if err != nil {
		return nil, err
	}
	args := []string{"mod", "edit"}
	if newer(ours.Go, theirs.Go) {
		args = append(args, "-go="+ours.Go)
	}
	have := map[string]string{}
	for _, m := range theirs.Require {
		have[m.Path] = m.Version
	}
	for _, m := range ours.Require {
		if have[m.Path] == "" || direct[m.Path] && newer(m.Version, have[m.Path]) {
			args = append(args, "-require="+m.Path+"@"+m.Version)
		}
	}
	return args, nil
}

// newLines returns the lines of a go.mod that an old one does not have, without those about indirect
// requirements.
func newLines(old, now []byte) (lines []string) {
	for line := range strings.Lines(string(now)) {
		line = strings.TrimSpace(line)
		if len(line) > 1 && line != "require (" && !strings.HasSuffix(line, "// indirect") && !bytes.Contains(old, []byte(line)) {
			lines = append(lines, strings.TrimPrefix(line, "require "))
		}
	}
	return lines
}
