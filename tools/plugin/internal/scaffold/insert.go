package scaffold

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"

	"go.yaml.in/yaml/v3"
)

// builder is a build in a configuration of GoReleaser.
type builder struct {
	ID, Binary            string
	Goos, Goarch, Targets []string `yaml:",flow"`
}

// archiver is an archive in a configuration of GoReleaser. Builds is the old name of IDs, and Format that of
// Formats.
type archiver struct {
	IDs, Builds []string
	Formats     []string
	Format      string
}

// insert returns a configuration without markers with the build of a plugin, and with its archive unless the
// repository publishes binaries. It only adds lines, so that comments stay. If it cannot do that safely, the
// error is the reason.
func insert(config string, p Plugin, dir string) (added string, archived bool, err error) {
	var c struct {
		Builds   []builder
		Archives []archiver
	}
	if err := yaml.Unmarshal([]byte(config), &c); err != nil {
		return "", false, errors.New("its builds or archives have another form than usual")
	}
	if len(c.Builds) == 0 {
		return "", false, errors.New("it has no list of builds")
	}
	if slices.ContainsFunc(c.Builds, func(b builder) bool { return b.ID == p.id() }) {
		return "", false, fmt.Errorf("it has a build %s already", p.id())
	}
	entries := map[string]string{"builds": p.build(dir, c.Builds[len(c.Builds)-1])}
	switch shared, plain := selection(c.Archives); {
	case !shared:
		entries["archives"] = p.archive()
	case !plain || !onlyPlugins(c.Builds):
		return "", false, errors.New("one of its archives has all builds, so it would also get the plugin: give it ids")
	}
	added = config
	for key, entry := range entries {
		if added, err = appendTo(added, key, entry); err != nil {
			return "", false, err
		}
	}
	if !onlyAdds(config, added, entries) {
		return "", false, errors.New("it is not formatted in the usual way")
	}
	return added, entries["archives"] != "", nil
}

// selection reports whether some archive has the binaries of all builds, and whether each such archive is
// GoReleaser's default one, or the binaries themselves.
func selection(archives []archiver) (shared, plain bool) {
	plain = true
	for _, a := range archives {
		if len(a.IDs)+len(a.Builds) > 0 {
			continue
		}
		shared = true
		plain = plain && (a.Format == "binary" || len(a.Formats) == 1 && a.Formats[0] == "binary")
	}
	return shared || len(archives) == 0, plain
}

// onlyPlugins reports whether all builds are plugins, by the names of their binaries.
func onlyPlugins(builds []builder) bool {
	for _, b := range builds {
		if !strings.HasPrefix(b.Binary, string(index.TypeSource)+"_") && !strings.HasPrefix(b.Binary, string(index.TypeExecutor)+"_") {
			return false
		}
	}
	return true
}

func (p Plugin) file() string {
	return artifact.FileName(p.Type, p.Name, index.Platform{OS: "{{ .Os }}", Arch: "{{ .Arch }}"})
}

// build returns the build of the plugin, for the platforms of another one.
func (p Plugin) build(dir string, other builder) string {
	platforms := fmt.Sprintf("targets: [%s]\n", strings.Join(other.Targets, ", "))
	if len(other.Targets) == 0 {
		if len(other.Goos) == 0 || len(other.Goarch) == 0 {
			other.Goos, other.Goarch = []string{"linux", "darwin"}, []string{"amd64", "arm64"}
		}
		platforms = fmt.Sprintf("goos: [%s]\n  goarch: [%s]\n", strings.Join(other.Goos, ", "), strings.Join(other.Goarch, ", "))
	}
	docs := ""
	if dir == Dir { // where pluginkit.Metadata looks for them
		docs = "\n    {{- if not .IsSnapshot }} -X main.docsBase={{ replace .ReleaseURL \"/releases/tag/\" \"/tree/\" }}{{ end }}"
	}
	return fmt.Sprintf(`- id: %s
  main: ./%s/%s
  binary: %s
  no_unique_dist_dir: true
  %s  env: [CGO_ENABLED=0]
  flags: [-trimpath]
  ldflags: >-
    -s -w -X main.version={{ .Version }}%s
  mod_timestamp: "{{ .CommitTimestamp }}"
`, p.id(), dir, p.Name, p.file(), platforms, docs)
}

// archive returns the archive of the plugin.
func (p Plugin) archive() string {
	return fmt.Sprintf(`- id: %s
  ids: [%[1]s]
  formats: [tar.gz]
  files: [none*]
  name_template: %s
  builds_info:
    mode: 0755
    mtime: "{{ .CommitDate }}"
`, p.id(), p.file())
}

// appendTo appends an entry to a list at the top of a YAML document.
func appendTo(text, key, entry string) (string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return "", err
	}
	var list *yaml.Node
	begin := 0
	for i, node := range document.Content[0].Content {
		if i%2 == 0 && node.Value == key {
			list, begin = document.Content[0].Content[i+1], node.Line
		}
	}
	if list == nil || list.Kind != yaml.SequenceNode || list.Style&yaml.FlowStyle != 0 {
		return "", fmt.Errorf("its %s are not a list with an entry on each line", key)
	}
	lines := strings.SplitAfter(text, "\n")
	end := begin
	for i, line := range lines[begin:] {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "-") {
			break
		}
		end = begin + i + 1
	}
	indent := strings.Repeat(" ", list.Column-1)
	entry = indent + strings.ReplaceAll(strings.TrimSuffix(entry, "\n"), "\n", "\n"+indent) + "\n"
	before := strings.Join(lines[:end], "")
	if !strings.HasSuffix(before, "\n") {
		before += "\n"
	}
	return before + entry + strings.Join(lines[end:], ""), nil
}

// onlyAdds reports whether a configuration differs from an old one only by these entries at the ends of
// its lists.
func onlyAdds(old, now string, entries map[string]string) bool {
	want, got := map[string]any{}, map[string]any{}
	if yaml.Unmarshal([]byte(old), &want) != nil || yaml.Unmarshal([]byte(now), &got) != nil {
		return false
	}
	for key, text := range entries {
		var entry []any
		list, ok := want[key].([]any)
		if !ok || yaml.Unmarshal([]byte(text), &entry) != nil {
			return false
		}
		want[key] = append(list, entry...)
	}
	return reflect.DeepEqual(want, got)
}
