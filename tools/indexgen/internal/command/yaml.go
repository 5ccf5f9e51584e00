package command

import (
	"bytes"

	"botkube-plugins/internal/problem"

	"go.yaml.in/yaml/v3"
)

// printableYAML returns YAML with the same meaning that has no command of GitHub Actions, so that it
// may be printed. It changes only YAML that has one: it puts the strings with one in quotes, on one line each.
func printableYAML(text []byte) ([]byte, error) {
	if !problem.HasCommand(string(text)) {
		return text, nil
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	quoteCommands(&document)
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&document); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(out.Bytes(), []byte("##["), []byte(`\x23#[`)), nil
}

func quoteCommands(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode && problem.HasCommand(node.Value) {
		node.Style = yaml.DoubleQuotedStyle
	}
	for _, child := range node.Content {
		quoteCommands(child)
	}
}
