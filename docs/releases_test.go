//go:build docs

package docs_test

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/checkout"

	"go.yaml.in/yaml/v3"
)

// object is what Helm sends to the cluster: a Deployment or a ConfigMap.
type object struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string
	Spec     struct {
		Template struct {
			Spec struct {
				Containers []struct {
					VolumeMounts []struct {
						Name      string
						MountPath string `yaml:"mountPath"`
						SubPath   string `yaml:"subPath"`
					} `yaml:"volumeMounts"`
				}
				Volumes []volume
			}
		}
	}
}

type volume struct {
	Name                  string
	PersistentVolumeClaim struct {
		ClaimName string `yaml:"claimName"`
	} `yaml:"persistentVolumeClaim"`
	Image struct{ Reference string }
}

// installed is a Botkube that Helm has installed: its configuration, and its volumes.
type installed struct {
	config struct {
		Plugins struct {
			CacheDir     string `yaml:"cacheDir"`
			Repositories map[string]struct{ URL string }
		}
		Sources, Executors map[string]map[string]any
	}
	mounts map[string]string // files and directories on this machine, by the path that Botkube sees
}

// checkReleases checks that Botkube finds all plugins with each of the values on the page.
func (c cluster) checkReleases(t *testing.T, r *reader) {
	t.Helper()
	layouts := []string{"cache", "image", "image from a directory", "http", "file"}
	for n, layout := range layouts {
		t.Run(layout, func(t *testing.T) {
			botkube := c.release(t, r, n+1)
			found := botkube.find(t, index.TypeSource, botkube.config.Sources) + botkube.find(t, index.TypeExecutor, botkube.config.Executors)
			if found != 4 {
				t.Errorf("found %d plugins, want all four", found)
			}
		})
	}

	// Why the page says to give Helm all values.
	r.run(t, "helm upgrade botkube botkube-v1.14.0.tgz --namespace botkube --reuse-values --values values.yaml")
	if both := c.release(t, r, len(layouts)+1).config.Sources["ticker"]; len(both) != 3 {
		t.Errorf("found %v with --reuse-values, want displayName and the plugins of two mirrors", both)
	}
}

// release reads a revision of the release.
func (c cluster) release(t *testing.T, r *reader, revision int) (botkube installed) {
	t.Helper()
	botkube.mounts = map[string]string{}
	manifest := checkout.Run(t, r.dir, r.env, filepath.Join(c.programs, "helm"), "get", "manifest", "botkube",
		"--namespace", "botkube", "--revision", strconv.Itoa(revision))
	configured := false
	for decoder := yaml.NewDecoder(strings.NewReader(manifest)); ; {
		var o object
		if err := decoder.Decode(&o); err != nil {
			break // at the end; the checks below miss what comes after an error
		}
		switch o.Kind + " " + o.Metadata.Name {
		case "ConfigMap botkube-global-config":
			configured = true
			if err := yaml.Unmarshal([]byte(o.Data["global_config.yaml"]), &botkube.config); err != nil {
				t.Fatal(err)
			}
		case "Deployment botkube":
			c.mount(t, botkube, o)
		}
	}
	if !configured {
		t.Fatalf("found no configuration in\n%s", manifest)
	}
	return botkube
}

// mount adds the volumes with plugins.
func (c cluster) mount(t *testing.T, botkube installed, deployment object) {
	t.Helper()
	dirs := map[string]string{}
	for _, v := range deployment.Spec.Template.Spec.Volumes {
		switch {
		case v.PersistentVolumeClaim.ClaimName != "":
			dirs[v.Name] = c.claim(v.PersistentVolumeClaim.ClaimName)
		case v.Image.Reference != "":
			dirs[v.Name] = t.TempDir()
			checkout.Run(t, ".", os.Environ(), filepath.Join(c.programs, "registry"), "pull", v.Image.Reference, "linux/amd64", dirs[v.Name])
		}
	}
	for _, m := range deployment.Spec.Template.Spec.Containers[0].VolumeMounts {
		if dir, ok := dirs[m.Name]; ok {
			botkube.mounts[m.MountPath] = filepath.Join(dir, m.SubPath)
		}
	}
}

// local returns where the path that Botkube sees is on this machine, or "" if it is in no volume.
func (i installed) local(name string) string {
	for at := name; at != "/"; at = path.Dir(at) {
		if dir, ok := i.mounts[at]; ok {
			return filepath.Join(dir, strings.TrimPrefix(name, at))
		}
	}
	return ""
}

// find returns the number of enabled plugins of the mirror. Botkube must find them in its cache, or
// by the URLs of its index.
func (i installed) find(t *testing.T, pluginType index.Type, groups map[string]map[string]any) (count int) {
	t.Helper()
	const repository = "my-repo"
	for _, group := range groups {
		for key := range group {
			name, ok := strings.CutPrefix(key, repository+"/")
			if !ok {
				continue
			}
			count++
			if name, version, pinned := strings.Cut(name, "@"); pinned {
				file := i.local(path.Join(i.config.Plugins.CacheDir, repository, string(pluginType)+"_"+version+"_"+name))
				if info, err := os.Stat(file); err != nil || info.Mode()&0o111 == 0 {
					t.Errorf("%s: found the error %v, or a file that is not executable", key, err)
				}
				continue
			}
			ix := i.index(t, path.Join(i.config.Plugins.CacheDir, repository+".yaml"), i.config.Plugins.Repositories[repository].URL)
			if err := i.download(ix, pluginType, name); err != nil {
				t.Errorf("%s: %v", key, err)
			}
		}
	}
	return count
}

// index reads the index from the cache, or from the URL.
func (i installed) index(t *testing.T, cached, url string) (ix index.Index) {
	t.Helper()
	if file := i.local(cached); file != "" {
		checkout.ReadYAML(t, file, &ix)
		return ix
	}
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := yaml.NewDecoder(resp.Body).Decode(&ix); err != nil {
		t.Fatal(err)
	}
	return ix
}

// download checks that all URLs of a plugin lead to a file.
func (i installed) download(ix index.Index, pluginType index.Type, name string) error {
	for _, e := range ix.Entries {
		if e.Type != pluginType || e.Name != name {
			continue
		}
		for _, a := range e.URLs {
			u, err := url.Parse(a.URL)
			if err != nil {
				return err
			}
			if u.Scheme == "file" {
				if _, err := os.Stat(i.local(u.Path)); err != nil {
					return err
				}
				continue
			}
			resp, err := http.Head(a.URL)
			if err != nil {
				return err
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				return errors.New(resp.Status)
			}
		}
		return nil
	}
	return errors.New("the index has no such plugin")
}
