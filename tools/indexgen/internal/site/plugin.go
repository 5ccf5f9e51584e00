package site

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"html/template"
	"path"
	"regexp"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"
	"botkube-plugins/tools/indexgen/internal/values"
)

// plugin is a plugin with all its versions.
type plugin struct {
	repository Repository
	newest     index.Entry
	older      []index.Entry // the newest first
}

// pluginDir is the directory of the pages of plugins.
const pluginDir = "plugins"

// path returns the path of the plugin's page. Paths of different plugins differ, also on file systems
// that ignore case.
func (p plugin) path() string {
	return path.Join(pluginDir, slug(p.repository.Name), string(p.newest.Type)+"-"+slug(p.newest.Name)+".html")
}

var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)

// slug returns a name that is safe in a path and in a URL. A name that is neither is replaced by its
// checksum after what is readable of it. No other name has a tilde.
func slug(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	var readable strings.Builder
	for _, r := range strings.ToLower(name) {
		if r < 0x80 && (plainName.MatchString(string(r)) && readable.Len() < 60) {
			readable.WriteRune(r)
		}
	}
	return fmt.Sprintf("%s~%x", readable.String(), sha256.Sum256([]byte(name)))[:readable.Len()+1+32]
}

// page is what the page of a plugin shows.
type page struct {
	Root       string // the path from the page to the directory of the site
	Repository string
	IndexURL   string
	Entry      index.Entry
	Groups     []string // the platforms
	DocURL     string   // "" unless it is a link for a browser
	Fields     jsonschema.Fields
	Values     string
	Data       data
	README     template.HTML
	Webhook    *webhook
	Downloads  []download
	Versions   []version
	// OlderVersions is how many versions are not in Versions.
	OlderVersions int
	Trust         trust
}

// data is what form.js reads from the page.
type data struct {
	Repository    string          `json:"repository"`
	IndexURL      string          `json:"indexURL"`
	Name          string          `json:"name"`
	Type          index.Type      `json:"type"`
	Version       string          `json:"version"`
	Schema        json.RawMessage `json:"schema"`
	Defaults      map[string]any  `json:"defaults"`
	RBAC          bool            `json:"rbac"` // whether the plugin probably needs access to the cluster
	PayloadSchema json.RawMessage `json:"payloadSchema"`
}

// page collects what the page of the plugin shows.
func (p plugin) page(ctx context.Context) (page, error) {
	e := p.newest
	out := page{
		Root: "../../", Repository: p.repository.Name, IndexURL: p.repository.URL, Entry: e,
		Groups: platformGroups(e), Fields: jsonschema.FieldsOf(e.JSONSchema.Value), Trust: newTrust(p.repository, e),
	}
	if webURL(e.DocumentationURL) {
		out.DocURL = e.DocumentationURL
	}
	var v values.Values
	v.Repository(p.repository.Name, p.repository.URL)
	v.Enable(p.repository.Name, p.repository.Name+"/"+e.Name, e)
	text, err := v.Encode()
	if err != nil {
		return page{}, err
	}
	out.Values = string(text)
	defaults, _ := jsonschema.Defaults(e.JSONSchema.Value)
	out.Data = data{
		Repository: p.repository.Name, IndexURL: p.repository.URL, Name: e.Name, Type: e.Type, Version: e.Version,
		Schema: schemaJSON(e.JSONSchema), Defaults: defaults, RBAC: needsRBAC(e), PayloadSchema: schemaJSON(e.ExternalRequest.Payload.JSONSchema),
	}
	if p.repository.README != nil {
		text, err := p.repository.README(e.Name)
		if err != nil {
			return page{}, err
		}
		if out.README, err = markdown(text, e.DocumentationURL); err != nil {
			return page{}, err
		}
	}
	if out.Webhook, err = newWebhook(ctx, e); err != nil {
		return page{}, err
	}
	out.Downloads = p.downloads()
	out.Versions, out.OlderVersions, err = p.versions(ctx)
	return out, err
}

// schemaJSON returns the text of a schema, or nil if there is none.
func schemaJSON(s index.JSONSchema) json.RawMessage {
	if s.Value == "" {
		return nil
	}
	return json.RawMessage(s.Value)
}

// needsRBAC reports whether a plugin has a dependency that talks to the cluster. The index says nothing
// else about it.
func needsRBAC(e index.Entry) bool {
	for _, a := range e.URLs {
		for name := range a.Dependencies {
			if name == "kubectl" || name == "helm" {
				return true
			}
		}
	}
	return false
}

func platforms(e index.Entry) []string {
	var names []string
	for _, a := range e.URLs {
		names = append(names, a.Platform.String())
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// platformGroups returns the platforms of an entry for people, such as "linux (amd64, arm64)".
func platformGroups(e index.Entry) []string {
	architectures := map[string][]string{}
	for _, name := range platforms(e) {
		system, architecture, _ := strings.Cut(name, "/")
		architectures[system] = append(architectures[system], architecture)
	}
	var groups []string
	for _, system := range sortedKeys(architectures) {
		groups = append(groups, system+" ("+strings.Join(architectures[system], ", ")+")")
	}
	return groups
}

// download is the file of a platform.
type download struct {
	index.Artifact
	File         string
	Size         string // "" if it is not known
	Dependencies []dependency
}

// Link reports whether the URL of the file is a link for a browser.
func (d download) Link() bool { return webURL(d.URL) }

// OnlyVersion reports whether the index has no other version.
func (p page) OnlyVersion() bool { return len(p.Versions) == 1 }

// Unpinned reports whether a dependency is not pinned.
func (p page) Unpinned() bool {
	for _, d := range p.Downloads {
		for _, dependency := range d.Dependencies {
			if dependency.Checksum == "" {
				return true
			}
		}
	}
	return false
}

// dependency is a program that Botkube downloads next to the plugin.
type dependency struct {
	Name, URL, Host string
	// Checksum is the checksum that the URL pins, "" if it pins none.
	Checksum string
}

func (p plugin) downloads() []download {
	var all []download
	for _, a := range p.newest.URLs {
		d := download{Artifact: a, File: fileName(a.URL)}
		if p.repository.Size != nil {
			if size, ok := p.repository.Size(a.URL); ok {
				d.Size = fileSize(size)
			}
		}
		for _, name := range sortedKeys(a.Dependencies) {
			d.Dependencies = append(d.Dependencies, newDependency(name, a.Dependencies[name].URL))
		}
		all = append(all, d)
	}
	return all
}
