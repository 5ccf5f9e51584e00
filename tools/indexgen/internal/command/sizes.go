package command

import (
	"context"
	"sync"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/tools/indexgen/internal/fetch"

	"golang.org/x/sync/errgroup"
)

// sizeRequests is how many servers are asked at once.
const sizeRequests = 8

// sizesOf asks for the sizes of the files of the newest versions. It notes a file whose size cannot be
// had. It returns an error only if the context ends.
func sizesOf(ctx context.Context, s *cli.Screen, ix index.Index, client *fetch.Client) (func(url string) (int64, bool), error) {
	var mu sync.Mutex
	sizes := map[string]int64{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sizeRequests)
	plugin := ""
	for _, e := range ix.Sorted().Entries {
		if e.Key() == plugin {
			continue // an older version
		}
		plugin = e.Key()
		for _, a := range e.URLs {
			if !isURL(a.URL) {
				continue
			}
			group.Go(func() error {
				body, err := client.Get(ctx, a.URL, nil)
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				if err != nil {
					s.Note("%s: no size: %v", a.URL, err)
					return nil
				}
				defer body.Close()
				if size, ok := body.Total(); ok {
					mu.Lock()
					defer mu.Unlock()
					sizes[a.URL] = size
				}
				return nil
			})
		}
	}
	err := group.Wait()
	return func(url string) (int64, bool) { size, ok := sizes[url]; return size, ok }, err
}
