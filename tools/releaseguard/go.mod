module botkube-plugins/tools/releaseguard

go 1.26.0

require (
	botkube-plugins v0.0.0
	github.com/cenkalti/backoff/v5 v5.0.3
	github.com/google/go-github/v88 v88.0.0
)

require github.com/google/go-querystring v1.2.0 // indirect

replace botkube-plugins => ../..
