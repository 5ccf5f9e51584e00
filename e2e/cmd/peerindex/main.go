// Peerindex generates an index of a directory of plugin binaries with Botkube's own index builder.
// It fetches the meta-schema of JSON Schema draft-07 from json-schema.org.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/kubeshop/botkube/pkg/plugin"
	"github.com/sirupsen/logrus"
	"gopkg.in/yaml.v3"
)

func main() {
	dist := flag.String("dist", "dist", "`directory` of the binaries")
	baseURL := flag.String("base-url", "", "`URL` below which the binaries are published")
	output := flag.String("output", "plugins-index.yaml", "`file` to write")
	flag.Parse()
	if err := run(*dist, *baseURL, *output); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(dist, baseURL, output string) error {
	const allNames, skipChecksum, useArchive = "", false, false
	ix, err := plugin.NewIndexBuilder(logrus.New()).Build(dist, baseURL, allNames, skipChecksum, useArchive)
	if err != nil {
		return err
	}
	text, err := yaml.Marshal(ix)
	if err != nil {
		return err
	}
	return os.WriteFile(output, text, 0o644)
}
