package adopt

import (
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"botkube-plugins/index"
)

// defaultArchive is GoReleaser's own name template for archives.
const defaultArchive = "{{ .ProjectName }}_{{ .Version }}_{{ .Os }}_{{ .Arch }}"

// endless matches what could make a template run for very long. Names need none of it.
var endless = regexp.MustCompile(`\b(range|template|define|block|printf)\b`)

// functions are those of GoReleaser's that are of use in names.
var functions = template.FuncMap{
	"tolower": strings.ToLower, "toupper": strings.ToUpper, "replace": strings.ReplaceAll,
	"trimprefix": strings.TrimPrefix, "trimsuffix": strings.TrimSuffix,
	"title": func(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] },
}

// expand returns the name that a name template has for a platform.
func (c *config) expand(text, binary string, p index.Platform) (string, error) {
	if endless.MatchString(text) {
		return "", fmt.Errorf("it is not a simple name")
	}
	t, err := template.New("name").Funcs(functions).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]string{
		"Os": p.OS, "Arch": p.Arch, "Binary": binary, "ProjectName": c.ProjectName,
		"Version": "1.2.3", "RawVersion": "1.2.3", "Tag": "v1.2.3", "Major": "1", "Minor": "2", "Patch": "3",
		"Amd64": "v1", "Arm64": "v8.0", "Arm": "", "Mips": "", "I386": "",
	})
	return strings.TrimSpace(b.String()), err
}
