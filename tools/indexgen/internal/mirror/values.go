package mirror

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/values"
)

// mountPath is where the values mount the mirror of LayoutCache and LayoutOCI.
const mountPath = "/plugins"

// volume is the name of the volume with the mirror, and of its claim.
const volume = "botkube-plugins"

// defaultCacheDir is cacheDir in the values of Botkube's Helm chart.
const defaultCacheDir = "/tmp"

// Values returns YAML for the values of Botkube's Helm chart: the repositories, the newest version
// of each plugin, and the volume with the mirror. image and digest are those of the image, in LayoutOCI.
func Values(opts Options, image, digest string) ([]byte, error) {
	var v values.Values
	v.Note("For the values of Botkube's Helm chart. Bind the sources and executors that you want to a channel.")
	all := platforms(opts.Repositories)
	local := strings.HasPrefix(opts.BaseURL, "file:")
	repositories := opts.Repositories
	switch {
	case opts.Layout == LayoutCache:
		repositories = cacheValues(&v, opts, all)
	case opts.Layout == LayoutOCI:
		v.Plugins.CacheDir = mountPath
		mount(&v, map[string]any{"image": map[string]any{"reference": image + "@" + digest}}, mountPath)
	case local:
		localValues(&v, opts)
	}
	for _, r := range repositories {
		link := withoutUser(r.Sources[0].URL)
		if opts.Layout == LayoutHTTP {
			link = opts.BaseURL + "/" + IndexFile(r.Name)
		}
		v.Repository(r.Name, link)
		enable(&v, r, opts.Layout != LayoutHTTP)
		for _, p := range all {
			if opts.Layout != LayoutCache {
				noteMissing(&v, r, p)
			}
		}
	}
	return v.Encode()
}

// enable enables the newest version of each plugin, and names the others. Botkube honors a version
// only if the plugin is in its cache.
func enable(v *values.Values, r Repository, pinned bool) {
	newest := ""
	for _, e := range r.Index.Sorted().Entries { // newest first
		key := r.Name + "/" + e.Name
		if pinned {
			key += "@" + e.Version
		}
		switch {
		case newest != e.Key():
			newest = e.Key()
			v.Enable(r.Name, key, e)
		case pinned:
			v.Note("This mirror also has the %s %s.", problem.Line(string(e.Type)), problem.Line(key))
		default:
			v.Note("This mirror also has the %s %s %s, but Botkube installs the newest version.",
				problem.Line(string(e.Type)), problem.Line(key), problem.Line(e.Version))
		}
	}
}

// noteMissing names the plugins that the mirror does not have for a platform.
func noteMissing(v *values.Values, r Repository, p index.Platform) {
	there := only(r.Index, p).Entries
	for _, e := range r.Index.Entries {
		if !slices.ContainsFunc(there, func(o index.Entry) bool { return o.Key() == e.Key() && o.Version == e.Version }) {
			v.Note("There is no %s %s %s for %s.", problem.Line(string(e.Type)), problem.Line(e.Name), problem.Line(e.Version), p)
		}
	}
}

// cacheValues mounts the mirror and chooses the directory of one platform. It returns the
// repositories with the plugins for that platform.
func cacheValues(v *values.Values, opts Options, all []index.Platform) []Repository {
	chosen := all[0] // linux/amd64 if it is there, since Botkube runs on Linux
	for _, p := range slices.Backward(all) {
		if p.OS == "linux" {
			chosen = p
		}
	}
	v.Note("The PersistentVolumeClaim %s has the content of %s.", volume, problem.Line(opts.Output))
	for _, p := range all {
		if p != chosen {
			v.Note("On nodes with %s, the cacheDir is %s.", p, path.Join(mountPath, Dir(p)))
		}
	}
	v.Plugins.CacheDir = path.Join(mountPath, Dir(chosen))
	v.NodeSelector = map[string]string{"kubernetes.io/os": chosen.OS, "kubernetes.io/arch": chosen.Arch}
	mount(v, claim(), mountPath)
	var there []Repository
	for _, r := range opts.Repositories {
		if r.Index = only(r.Index, chosen); len(r.Index.Entries) > 0 {
			there = append(there, r)
		}
	}
	return there
}

// localValues mounts the mirror where the URLs of its index lead, and each index in Botkube's cache,
// because Botkube requests an index over HTTP only.
func localValues(v *values.Values, opts Options) {
	v.Note("The PersistentVolumeClaim %s has the content of %s.", volume, problem.Line(opts.Output))
	at := opts.BaseURL
	if u, err := url.Parse(at); err == nil { // --base-url was checked
		at = u.Path
	}
	mount(v, claim(), at)
	v.Plugins.CacheDir = defaultCacheDir
	for _, r := range opts.Repositories {
		v.ExtraVolumeMounts = append(v.ExtraVolumeMounts, map[string]any{
			"name": volume, "mountPath": path.Join(defaultCacheDir, IndexFile(r.Name)), "subPath": IndexFile(r.Name), "readOnly": true,
		})
	}
}

func claim() map[string]any {
	return map[string]any{"persistentVolumeClaim": map[string]any{"claimName": volume, "readOnly": true}}
}

func mount(v *values.Values, source map[string]any, at string) {
	source["name"] = volume
	v.ExtraVolumes = append(v.ExtraVolumes, source)
	v.ExtraVolumeMounts = append(v.ExtraVolumeMounts, map[string]any{"name": volume, "mountPath": at, "readOnly": true})
}

// withoutUser removes the user and password from a URL.
func withoutUser(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.User == nil {
		return link
	}
	u.User = nil
	return u.String()
}
