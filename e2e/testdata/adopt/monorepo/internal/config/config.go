// Package config decodes the configs of all plugins.
package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Decode decodes a config. What it does not set stays as it is in out.
func Decode(text []byte, out any) error {
	if err := yaml.Unmarshal(text, out); err != nil {
		return fmt.Errorf("cannot read the config: %w", err)
	}
	return nil
}
