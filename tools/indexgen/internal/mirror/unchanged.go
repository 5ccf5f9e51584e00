package mirror

import (
	"iter"
	"reflect"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/verify"
)

// unchanged reports whether a run would write the same lock file, for an image in a registry, from
// which files are not read.
func (s *store) unchanged(opts Options, old Lock) bool {
	if old.Image == "" {
		return false
	}
	s.trusted = true
	defer func() { s.trusted, s.kept = false, map[content]stored{} }()
	for _, r := range opts.Repositories {
		for f := range files(r.Index) {
			if _, ok, err := s.Has(f); !ok || err != nil {
				return false
			}
		}
	}
	t, err := s.layout.tree(opts.Repositories, s)
	if err != nil {
		return false
	}
	now := newLock(opts, t)
	now.Image = old.Image
	return reflect.DeepEqual(now, old)
}

// files iterates over the artifacts and dependencies of an index.
func files(ix index.Index) iter.Seq[verify.File] {
	return func(yield func(verify.File) bool) {
		for _, e := range ix.Entries {
			for _, a := range e.URLs {
				if f, err := verify.ArtifactFile(e, a); err != nil || !yield(f) {
					return
				}
				for name, d := range a.Dependencies {
					if f, err := verify.DependencyFile(name, d.URL); err != nil || !yield(f) {
						return
					}
				}
			}
		}
	}
}
