// Package pin adds checksums to the URLs of dependencies. Without one, Botkube runs whatever the
// server sends.
package pin

import (
	"context"
	"sync"

	"botkube-plugins/index"
	"botkube-plugins/internal/gogetter"
	"botkube-plugins/tools/indexgen/internal/verify"
)

// Dependencies downloads each dependency of an index once, checks it as verify does, and returns the
// index with the checksum of each in its URL, unless the URL has one. If there are problems, the
// index is unchanged. Options need no Index.
func Dependencies(ctx context.Context, text []byte, opts verify.Options) ([]byte, verify.Result, error) {
	sums := &sums{of: map[string]string{}}
	opts.Index, opts.Keeper = text, sums
	result, err := verify.Run(ctx, opts)
	if err != nil || result.Problems.Total() > 0 {
		return text, result, err
	}
	ix, err := index.Decode(text)
	if err != nil {
		return text, result, err
	}
	for _, entry := range ix.Entries {
		for _, a := range entry.URLs {
			for name, d := range a.Dependencies {
				if parsed, err := gogetter.Parse(d.URL); err == nil && parsed.Checksum == "" {
					a.Dependencies[name] = index.Dependency{URL: gogetter.WithChecksum(d.URL, sums.of[d.URL])}
				}
			}
		}
	}
	text, err = index.Encode(ix)
	return text, result, err
}

// sums is a verify.Keeper that keeps only the checksums of dependencies.
type sums struct {
	mu sync.Mutex
	of map[string]string // by URL
}

// Has reports that artifacts need no check.
func (*sums) Has(f verify.File) (int64, bool, error) { return 0, f.Dependency == "", nil }

func (s *sums) Keep(f verify.File, d verify.Download) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of[f.Source] = d.SHA256
	return nil
}
