package site

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"botkube-plugins/internal/gogetter"
	"botkube-plugins/internal/problem"
)

// webURL reports whether a text is the URL of a web page, without a password that a page would show.
func webURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// fileName returns the last part of the path of a URL.
func fileName(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	return path.Base(u.Path)
}

func newDependency(name, link string) dependency {
	d := dependency{Name: name, URL: link, Host: link}
	if u, err := url.Parse(link); err == nil {
		d.Host = u.Host
		if u.Scheme == "file" {
			d.Host = "the machine of Botkube"
		}
	}
	if download, err := gogetter.Parse(link); err == nil {
		d.Checksum = download.Checksum
	}
	return d
}

// Link reports whether the URL of the dependency is a link for a browser.
func (d dependency) Link() bool { return webURL(d.URL) }

// release is a release on GitHub. Its fields need no quoting in a shell.
type release struct{ Owner, Repo, Tag, Workflow string }

var releaseURL = regexp.MustCompile(`^https://github\.com/([A-Za-z0-9-]+)/([A-Za-z0-9._-]+)/releases/download/([A-Za-z0-9][A-Za-z0-9._+-]*)/[^/?#]+$`)

// releaseOf returns the release on GitHub that a URL is a file of, or nil.
func releaseOf(link string) *release {
	parts := releaseURL.FindStringSubmatch(link)
	if parts == nil {
		return nil
	}
	return &release{Owner: parts[1], Repo: parts[2], Tag: parts[3]}
}

// Repository is the name of the release's repository on GitHub.
func (r release) Repository() string { return r.Owner + "/" + r.Repo }

// GitHub is the URL of the repository.
func (r release) GitHub() string { return "https://github.com/" + r.Repository() }

// Page is the URL of the release for people.
func (r release) Page() string { return fmt.Sprintf("%s/releases/tag/%s", r.GitHub(), r.Tag) }

// Files is the URL below which the files of the release are.
func (r release) Files() string { return fmt.Sprintf("%s/releases/download/%s", r.GitHub(), r.Tag) }

// shellWord returns a text as one word for a POSIX shell.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9%+,./:=@_-]+$`)

// fileSize formats a number of bytes.
func fileSize(bytes int64) string {
	switch {
	case bytes < 1000:
		return problem.Count(int(bytes), "byte")
	case bytes < 100_000:
		return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
