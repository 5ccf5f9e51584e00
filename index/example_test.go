package index_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"botkube-plugins/index"
)

func Example() {
	ix := index.Index{Entries: []index.Entry{{
		Name:        "echo",
		Type:        index.TypeExecutor,
		Description: "Repeats its arguments.",
		Version:     "v1.0.0",
		URLs: []index.Artifact{{
			URL:      "https://example.com/v1.0.0/executor_echo_linux_amd64.tar.gz",
			Checksum: strings.Repeat("0123456789abcdef", 4),
			Platform: index.Platform{OS: "linux", Arch: "amd64"},
		}},
	}}}
	found, err := index.Validate(context.Background(), ix)
	if err != nil || found.Total() > 0 {
		log.Fatal(err, found)
	}
	out, err := index.Encode(ix)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", out)
	// Output:
	// entries:
	// - description: Repeats its arguments.
	//   name: echo
	//   type: executor
	//   urls:
	//   - checksum: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
	//     platform:
	//       architecture: amd64
	//       os: linux
	//     url: https://example.com/v1.0.0/executor_echo_linux_amd64.tar.gz
	//   version: v1.0.0
}

func ExampleValidate() {
	ix, err := index.Decode([]byte(`
entries:
- name: ticker
  type: source
  description: Sends an event at an interval.
  version: dev
  urls:
  - url: https://example.com/releases//source_ticker_linux_amd64
    checksum: abc
    platform: {os: linux, architecture: amd64}
`))
	if err != nil {
		log.Fatal(err)
	}
	found, err := index.Validate(context.Background(), ix)
	if err != nil {
		log.Fatal(err)
	}
	for _, problem := range found.Kept {
		fmt.Println(problem)
	}
	// Output:
	// source/ticker: entries[0].version: found "dev", want a version such as v1.2.3, which Botkube can compare with others
	// source/ticker: entries[0].urls[0].url: found "https://example.com/releases//source_ticker_linux_amd64", want no // in the path, which go-getter takes for the start of a subdirectory
	// source/ticker: entries[0].urls[0].checksum: found "abc" (3 characters), want 64 hexadecimal digits, the SHA-256 of the file at url
}
