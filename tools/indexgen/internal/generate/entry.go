package generate

import (
	"botkube-plugins/index"
)

// entry puts together what the plugin says of itself and what its artifacts are.
func (w *work) entry() index.Entry {
	md := w.metadata
	entry := index.Entry{
		Type:             w.Type,
		Name:             w.Name,
		Version:          md.Version,
		Description:      md.Description,
		DocumentationURL: md.DocumentationURL,
		Recommended:      md.Recommended,
		JSONSchema:       index.JSONSchema(md.JSONSchema),
		ExternalRequest: index.ExternalRequest{Payload: index.Payload{
			JSONSchema: index.JSONSchema(md.ExternalRequest.Payload.JSONSchema),
		}},
	}
	for i, a := range w.Published {
		entry.URLs = append(entry.URLs, index.Artifact{
			URL:          w.url(a),
			Checksum:     w.results[i].SHA256,
			Platform:     a.Platform,
			Dependencies: w.dependencies(a.Platform),
		})
	}
	return entry
}

// dependencies are those that the plugin names for the platform. That none is missing is
// for the index's validation to say.
func (w *work) dependencies(platform index.Platform) index.Dependencies {
	dependencies := index.Dependencies{}
	for name, dependency := range w.metadata.Dependencies {
		if url, ok := dependency.URLs.For(platform.OS, platform.Arch); ok {
			dependencies[name] = index.Dependency{URL: url}
		}
	}
	return dependencies
}
