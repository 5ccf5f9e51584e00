package generate

import "regexp"

// githubRelease matches the URL below which GitHub publishes the files of a release.
var githubRelease = regexp.MustCompile(`^https://github\.com/([\w.-]+/[\w.-]+)/releases/download/([\w.+-]+)$`)

// editorLine returns a comment that names the schema of the index for editors with the YAML language
// server: that in the released commit of the repository. It is empty for an index that is not
// published in a release on GitHub, such as that of a snapshot.
func editorLine(baseURL string) string {
	release := githubRelease.FindStringSubmatch(baseURL)
	if release == nil {
		return ""
	}
	return "# yaml-language-server: $schema=https://raw.githubusercontent.com/" + release[1] + "/refs/tags/" + release[2] +
		"/docs/plugins-index.schema.json\n"
}
