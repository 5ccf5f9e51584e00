package adopt

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/goreleaser"
	"botkube-plugins/internal/problem"

	"go.yaml.in/yaml/v3"
)

// config is what matters of GoReleaser's configuration.
type config struct {
	file string

	Version     int
	ProjectName string `yaml:"project_name"`
	Dist        string
	Builds      []build
	Archives    []archive
	Checksum    struct{ Disable toggle }
}

type build struct {
	line int

	ID, Main, Dir, Binary string
	Skip                  toggle
	Goos, Goarch, Targets texts
	Ignore                []struct{ Goos, Goarch string }
	NoUniqueDistDir       toggle `yaml:"no_unique_dist_dir"`
}

type archive struct {
	line int

	ID              string
	IDs, Builds     texts // Builds is the old name of IDs
	Format          string
	Formats         texts  // Format is its old name
	NameTemplate    string `yaml:"name_template"`
	Files           []included
	WrapInDirectory toggle `yaml:"wrap_in_directory"`
}

// UnmarshalYAML decodes a build and keeps its position.
func (b *build) UnmarshalYAML(node *yaml.Node) error {
	type plain build
	b.line = node.Line
	return node.Decode((*plain)(b))
}

// UnmarshalYAML decodes an archive and keeps its position.
func (a *archive) UnmarshalYAML(node *yaml.Node) error {
	type plain archive
	a.line = node.Line
	return node.Decode((*plain)(a))
}

// texts is a list of texts, or one text.
type texts []string

// UnmarshalYAML decodes either form.
func (t *texts) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*t = texts{node.Value}
		return nil
	}
	return node.Decode((*[]string)(t))
}

// toggle is a boolean or a template. A template counts as false: it depends on the release.
type toggle string

func (t toggle) on() bool { return t == "true" }

// included is a pattern of files to add to an archive, or a mapping with it.
type included string

// UnmarshalYAML decodes either form.
func (i *included) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*i = included(node.Value)
		return nil
	}
	var entry struct{ Src string }
	err := node.Decode(&entry)
	*i = included(entry.Src)
	return err
}

// maxConfig is the largest size of a file that is read.
const maxConfig = 1 << 20

// readFile reads a regular file of bounded size below the root.
func readFile(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err == nil && len(data) > maxConfig {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxConfig)
	}
	return data, err
}

// readConfig reads GoReleaser's configuration. It returns nil if there is none. An error about its content
// is a [problem.Problem].
func readConfig(root *os.Root, project string) (*config, error) {
	file := goreleaser.Find(root.FS())
	if file == "" {
		return nil, nil
	}
	data, err := readFile(root, file)
	if err != nil {
		return nil, err
	}
	c := &config{file: file}
	if err := yaml.Unmarshal(data, c); err != nil {
		return nil, problem.Problem{
			Where: file, Found: problem.Line(strings.TrimPrefix(err.Error(), "yaml: ")), Want: "a configuration of GoReleaser",
			Hint: "goreleaser check shows what is wrong",
		}
	}
	c.Dist = cmp.Or(c.Dist, "dist")
	c.ProjectName = cmp.Or(c.ProjectName, project)
	if len(c.Archives) == 0 {
		c.Archives = []archive{{}}
	}
	return c, nil
}

// platforms lists the platforms of a build.
func (b build) platforms() (all []index.Platform) {
	add := func(p index.Platform) {
		ignored := slices.ContainsFunc(b.Ignore, func(i struct{ Goos, Goarch string }) bool {
			return (i.Goos == "" || i.Goos == p.OS) && (i.Goarch == "" || i.Goarch == p.Arch)
		})
		if index.KnownPlatform(p) && !ignored && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	for _, target := range b.Targets {
		if parts := strings.Split(target, "_"); len(parts) > 1 {
			add(index.Platform{OS: parts[0], Arch: parts[1]})
		}
	}
	if len(b.Targets) > 0 {
		return all
	}
	systems, archs := b.Goos, b.Goarch
	if len(systems) == 0 {
		systems = texts{"linux", "darwin", "windows"}
	}
	if len(archs) == 0 {
		archs = texts{"386", "amd64", "arm64"}
	}
	for _, system := range systems {
		for _, arch := range archs {
			add(index.Platform{OS: system, Arch: arch})
		}
	}
	return all
}

// selects reports whether an archive has the binaries of a build.
func (a archive) selects(b build) bool {
	ids := append(slices.Clone(a.IDs), a.Builds...)
	return len(ids) == 0 || slices.Contains(ids, b.ID)
}

// formats lists the formats of an archive.
func (a archive) formats() texts {
	switch {
	case len(a.Formats) > 0:
		return a.Formats
	case a.Format != "":
		return texts{a.Format}
	}
	return texts{"tar.gz"}
}
