package generate

import (
	"botkube-plugins/index"
	"botkube-plugins/internal/pluginhost"
)

// Entry returns the part of a plugin's entry that comes from its metadata.
func Entry(typ index.Type, name string, md pluginhost.Metadata) index.Entry {
	return index.Entry{
		Type:             typ,
		Name:             name,
		Version:          md.Version,
		Description:      md.Description,
		DocumentationURL: md.DocumentationURL,
		Recommended:      md.Recommended,
		JSONSchema:       index.JSONSchema(md.JSONSchema),
		ExternalRequest: index.ExternalRequest{Payload: index.Payload{
			JSONSchema: index.JSONSchema(md.ExternalRequest.Payload.JSONSchema),
		}},
	}
}

// Dependencies returns the dependencies in the metadata for a platform. The validation of the index
// reports missing ones.
func Dependencies(platform index.Platform, md pluginhost.Metadata) index.Dependencies {
	dependencies := index.Dependencies{}
	for name, dependency := range md.Dependencies {
		if url, ok := dependency.URLs.For(platform.OS, platform.Arch); ok {
			dependencies[name] = index.Dependency{URL: url}
		}
	}
	return dependencies
}

// description is what a plugin says about itself: an entry without artifacts, and the dependencies
// for each platform.
type description struct {
	entry        index.Entry
	dependencies func(index.Platform) index.Dependencies
}

// entry combines the plugin's description with its artifacts.
func (w *work) entry() index.Entry {
	entry := w.described.entry
	for i, a := range w.Published {
		entry.URLs = append(entry.URLs, index.Artifact{
			URL:          w.opts.url(a.File),
			Checksum:     w.results[i].SHA256,
			Platform:     a.Platform,
			Dependencies: w.dependencies(a.Platform),
		})
	}
	return entry
}
