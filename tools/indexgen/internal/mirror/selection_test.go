package mirror_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/mirror"
)

var (
	amd64 = index.Platform{OS: "linux", Arch: "amd64"}
	arm64 = index.Platform{OS: "linux", Arch: "arm64"}
)

func entry(kind index.Type, name, version string, platforms ...index.Platform) index.Entry {
	e := index.Entry{Type: kind, Name: name, Version: version}
	for _, p := range platforms {
		e.URLs = append(e.URLs, index.Artifact{URL: "https://example.com/" + name + version + p.Arch, Platform: p})
	}
	return e
}

func TestSelection(t *testing.T) {
	ix := index.Index{Entries: []index.Entry{
		entry("source", "a", "1.0.0", amd64), entry("source", "a", "1.10.0", amd64, arm64), entry("source", "a", "1.9.0", arm64),
		entry("executor", "a", "1.0.0", amd64), entry("source", "b", "v2.0.0", arm64),
	}}
	for name, test := range map[string]struct {
		selection mirror.Selection
		want      string
		unused    []string
	}{
		"all":          {mirror.Selection{Platforms: []index.Platform{amd64, arm64}}, "executor/a@1.0.0:amd64 source/a@1.10.0:amd64,arm64 source/a@1.9.0:arm64 source/a@1.0.0:amd64 source/b@v2.0.0:arm64", nil},
		"one platform": {mirror.Selection{Platforms: []index.Platform{amd64}}, "executor/a@1.0.0:amd64 source/a@1.10.0:amd64 source/a@1.0.0:amd64", nil},
		"newest":       {mirror.Selection{Platforms: []index.Platform{arm64}, Keep: 1}, "source/a@1.10.0:arm64 source/b@v2.0.0:arm64", nil},
		"a name":       {mirror.Selection{Platforms: []index.Platform{amd64}, Plugins: []mirror.Plugin{{Name: "a"}}, Keep: 1}, "executor/a@1.0.0:amd64 source/a@1.10.0:amd64", nil},
		"a type":       {mirror.Selection{Platforms: []index.Platform{amd64}, Plugins: []mirror.Plugin{{Name: "executor/a"}}}, "executor/a@1.0.0:amd64", nil},
		"a version":    {mirror.Selection{Platforms: []index.Platform{amd64}, Plugins: []mirror.Plugin{{Name: "source/a", Version: "v1"}}, Keep: 1}, "source/a@1.0.0:amd64", nil},
		"newest and a version": {mirror.Selection{Platforms: []index.Platform{amd64, arm64}, Keep: 1, Plugins: []mirror.Plugin{
			{Name: "source/a"}, {Name: "a", Version: "1.9.0"},
		}}, "source/a@1.10.0:amd64,arm64 source/a@1.9.0:arm64", nil},
		"nothing": {mirror.Selection{Platforms: []index.Platform{amd64}, Plugins: []mirror.Plugin{{Name: "b"}, {Name: "source/a"}}}, "source/a@1.10.0:amd64 source/a@1.0.0:amd64", []string{"b"}},
	} {
		t.Run(name, func(t *testing.T) {
			used := make([]bool, len(test.selection.Plugins))
			var found, unused []string
			for _, e := range test.selection.Of(ix, used).Entries {
				var platforms []string
				for _, a := range e.URLs {
					platforms = append(platforms, a.Platform.Arch)
				}
				found = append(found, fmt.Sprintf("%s@%s:%s", e.Key(), e.Version, strings.Join(platforms, ",")))
			}
			for i, p := range test.selection.Plugins {
				if !used[i] {
					unused = append(unused, p.Name)
				}
			}
			if got := strings.Join(found, " "); got != test.want || !slices.Equal(unused, test.unused) {
				t.Errorf("found %s, unused %s; want %s and %s", got, unused, test.want, test.unused)
			}
		})
	}
	if len(ix.Entries[1].URLs) != 2 {
		t.Error("the selection has changed the index")
	}
}

func TestMergeDropsOnlyEqualEntries(t *testing.T) {
	a, b := entry("source", "a", "1.0.0", amd64), entry("source", "a", "1.0.0", arm64)
	got := mirror.Merge(index.Index{Entries: []index.Entry{a}}, index.Index{Entries: []index.Entry{a, b}})
	if len(got.Entries) != 2 || got.Entries[1].URLs[0].Platform != arm64 {
		t.Errorf("found %+v, want two entries, which the validation of the index rejects", got.Entries)
	}
}

// Two repositories with plugins of the same name, a password in a URL, and foreign text in a version.
func TestValuesOfSeveralRepositories(t *testing.T) {
	repository := func(name string, entries ...index.Entry) mirror.Repository {
		source, err := mirror.SourceOf("https://user:secret@example.com/"+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		return mirror.Repository{Name: name, Sources: []mirror.Source{source}, Index: index.Index{Entries: entries}}
	}
	text, err := mirror.Values(mirror.Options{
		Layout: mirror.LayoutCache, Output: "out\n", Repositories: []mirror.Repository{
			repository("one", entry("source", "a", "1.0.0", arm64), entry("source", "a", "0.9.0\nx: y", arm64)),
			repository("two", entry("source", "a", "2.0.0", arm64, amd64)),
		},
	}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	// linux/amd64 is chosen, for which the first repository has nothing.
	const want = `# For the values of Botkube's Helm chart. Bind the sources and executors that you want to a channel.
# The PersistentVolumeClaim botkube-plugins has the content of out\n.
# On nodes with linux/arm64, the cacheDir is /plugins/linux-arm64.
plugins:
  cacheDir: /plugins/linux-amd64
  repositories:
    two:
      url: https://example.com/two
sources:
  a:
    displayName: a
    two/a@2.0.0:
      enabled: true
`
	if !strings.HasPrefix(string(text), want) {
		t.Errorf("found\n%s\nwant\n%s", text, want)
	}
	text, err = mirror.Values(mirror.Options{
		Layout: mirror.LayoutOCI, Repositories: []mirror.Repository{
			repository("one", entry("source", "a", "1.0.0", arm64), entry("source", "a", "0.9.0\nx: y", arm64)),
			repository("two", entry("source", "a", "2.0.0", arm64, amd64)),
		},
	}, "registry/x:1", "sha256:00")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# This mirror also has the source one/a@0.9.0\\nx: y.\n", "# There is no source a 1.0.0 for linux/amd64.\n",
		"\n  a:\n    displayName: a\n    one/a@1.0.0:\n", "\n  two-a:\n    displayName: a\n    two/a@2.0.0:\n", "reference: registry/x:1@sha256:00\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("found\n%s\nwant %q in it", text, want)
		}
	}
}
