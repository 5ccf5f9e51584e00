package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kubeshop/botkube/pkg/api/executor"
	"go.yaml.in/yaml/v3"
)

// config is what operators configure. A change of it belongs in config_schema.json and README.md, too.
type config struct {
	Greeting string `yaml:"greeting"`
}

// mergeConfigs merges the configs that Botkube passes: of several that set a field the last one wins, a field that
// none sets has its default. A field that is not known is an error.
func mergeConfigs(raws []*executor.Config) (config, error) {
	merged := config{Greeting: "Hello"}
	for i, raw := range raws {
		decoder := yaml.NewDecoder(bytes.NewReader(raw.GetRawYAML()))
		decoder.KnownFields(true)
		if err := decoder.Decode(&merged); err != nil && !errors.Is(err, io.EOF) { // EOF: it is empty
			return config{}, fmt.Errorf("config %d of %d: found %q, want the fields of config_schema.json: %w",
				i+1, len(raws), raw.GetRawYAML(), err)
		}
	}
	if strings.TrimSpace(merged.Greeting) == "" {
		return config{}, fmt.Errorf("greeting: found %q, want a text", merged.Greeting)
	}
	return merged, nil
}
