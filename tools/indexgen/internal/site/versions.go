package site

import (
	"context"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"
	"botkube-plugins/tools/indexgen/internal/diff"
)

// version is a version of a plugin.
type version struct {
	Version string
	// Previous is the version before it, "" if the index has none.
	Previous string
	Verdict  jsonschema.Verdict
	NewMajor bool
	// Changes are what changed since the previous version, the worst first.
	Changes []diff.Change
}

// maxVersions is how many versions a page shows.
const maxVersions = 50

// versions returns the versions of the plugin, the newest first, and how many older ones it leaves out.
func (p plugin) versions(ctx context.Context) (all []version, more int, err error) {
	entries := append([]index.Entry{p.newest}, p.older...)
	for i, e := range entries[:min(len(entries), maxVersions)] {
		v := version{Version: e.Version}
		if i+1 < len(entries) {
			v.Previous = entries[i+1].Version
			found, err := diff.Run(ctx, p.side(entries[i+1]), p.side(e))
			if err != nil {
				return nil, 0, err
			}
			for _, changed := range found { // at most one: the plugin
				v.Verdict, v.NewMajor = changed.Verdict, changed.NewMajor
				for _, c := range changed.Changes {
					if c.Kind != diff.VersionNewer {
						v.Changes = append(v.Changes, c)
					}
				}
			}
		}
		all = append(all, v)
	}
	return all, len(entries) - len(all), nil
}

func (p plugin) side(e index.Entry) diff.Side {
	return diff.Side{Index: index.Index{Entries: []index.Entry{e}}, Size: p.repository.Size}
}
