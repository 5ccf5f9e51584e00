package site

import (
	"bytes"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown renders a README. It drops HTML and images, and keeps only links to web pages, to mail
// addresses, and within the README. base is the URL of the directory of the README, for relative
// links; they are dropped if it is not a directory on GitHub.
func markdown(source, base string) (template.HTML, error) {
	if strings.TrimSpace(source) == "" {
		return "", nil
	}
	safe := &safeTree{base: directoryURL(base)}
	renderer := goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithASTTransformers(util.Prioritized(safe, 1000))),
	)
	var out bytes.Buffer
	context := parser.NewContext(parser.WithIDs(&headingIDs{used: map[string]bool{}}))
	err := renderer.Convert([]byte(source), &out, parser.WithContext(context))
	// goldmark escapes all text, and omits raw HTML unless it is asked for it (html.WithUnsafe).
	return template.HTML(scrollable.Replace(out.String())), err //nolint:gosec // as above
}

// scrollable makes what may be wide scroll, also with the keyboard. goldmark escapes such text in a
// README.
var scrollable = strings.NewReplacer(
	"<table>", `<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>`, "</table>", "</table></div>",
	"<pre>", `<pre tabindex="0">`,
)

// directoryURL returns the URL of a directory of a repository on GitHub, or nil.
func directoryURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil || !webURL(text) || u.Host != "github.com" || !strings.Contains(u.Path, "/tree/") || u.RawQuery != "" || u.Fragment != "" {
		return nil
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/"
	u.RawPath = ""
	return u
}

// safeTree removes from a README what a page must not have, and fits it into the page.
type safeTree struct{ base *url.URL }

// Transform implements parser.ASTTransformer.
func (s *safeTree) Transform(document *ast.Document, reader gmtext.Reader, _ parser.Context) {
	if first, ok := document.FirstChild().(*ast.Heading); ok && first.Level == 1 {
		document.RemoveChild(document, first) // the page has a title
	}
	var links []ast.Node
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.Heading:
			node.Level = min(node.Level+1, 6) // below the title of the section
		case *ast.Link, *ast.Image, *ast.AutoLink:
			links = append(links, node)
		}
		return ast.WalkContinue, nil
	})
	for _, node := range slices.Backward(links) { // those inside others first
		s.link(node, reader.Source())
	}
}

// link keeps a link if it is allowed, and otherwise only its text.
func (s *safeTree) link(node ast.Node, source []byte) {
	switch node := node.(type) {
	case *ast.Link:
		if target, ok := s.target(string(node.Destination)); ok {
			node.Destination = []byte(target)
			return
		}
	case *ast.AutoLink:
		link := string(node.URL(source))
		if node.AutoLinkType == ast.AutoLinkEmail || webURL(link) {
			return
		}
		node.Parent().ReplaceChild(node.Parent(), node, ast.NewString(node.Label(source)))
		return
	}
	for child := node.FirstChild(); child != nil; child = node.FirstChild() {
		node.Parent().InsertBefore(node.Parent(), node, child)
	}
	node.Parent().RemoveChild(node.Parent(), node)
}

// target returns where a link leads.
func (s *safeTree) target(link string) (string, bool) {
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return "", false
	case u.Scheme == "mailto":
		return link, true
	case u.Scheme != "" || u.Host != "":
		return link, webURL(link)
	case u.Path == "" && u.RawQuery == "" && u.Fragment != "":
		return "#" + readmeID + u.EscapedFragment(), true
	case s.base == nil:
		return "", false
	}
	return s.base.ResolveReference(u).String(), true
}

// readmeID begins the IDs of the headings in a README, so that none is that of another element.
const readmeID = "readme-"

// headingIDs makes the IDs of headings as GitHub does.
type headingIDs struct{ used map[string]bool }

// Generate implements parser.IDs.
func (h *headingIDs) Generate(value []byte, _ ast.NodeKind) []byte {
	var id strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(string(value))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_':
			id.WriteRune(r)
		case r == ' ':
			id.WriteByte('-')
		}
	}
	name := readmeID + id.String()
	for n := 1; h.used[name]; n++ {
		name = readmeID + id.String() + "-" + strconv.Itoa(n)
	}
	h.used[name] = true
	return []byte(name)
}

// Put implements parser.IDs.
func (h *headingIDs) Put(value []byte) { h.used[string(value)] = true }
