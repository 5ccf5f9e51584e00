package gogetter

import (
	"crypto/md5"  //nolint:gosec // go-getter offers it
	"crypto/sha1" //nolint:gosec // go-getter offers it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Checksum is a checksum that go-getter compares. The zero Checksum compares nothing.
type Checksum struct {
	// Kind is md5, sha1, sha256 or sha512.
	Kind string
	// Digits are hexadecimal.
	Digits string
	// File is the URL of a list that contains the checksum. Kind and Digits are then empty.
	File string
}

// ErrChecksum reports a checksum that go-getter cannot read, or that no file can have.
var ErrChecksum = errors.New("not a checksum that go-getter reads")

// ParseChecksum reads the value of the parameter checksum, as extractChecksum in go-getter's
// checksum.go does. An empty value turns the check off without a warning.
func ParseChecksum(value string) (Checksum, error) {
	kind, digits, typed := strings.Cut(value, ":")
	switch {
	case value == "":
		return Checksum{}, nil
	case typed && kind == "file":
		return Checksum{File: digits}, nil
	case !typed:
		kind, digits = "", value
	}
	c, ok := newChecksum(kind, digits)
	if !ok || c.Kind != kindOf(digits) || strings.HasPrefix(value, ":") {
		return Checksum{}, ErrChecksum
	}
	return c, nil
}

// newChecksum derives the kind from the length if kind is empty.
func newChecksum(kind, digits string) (c Checksum, ok bool) {
	if kind == "" {
		kind = kindOf(digits)
	}
	c = Checksum{Kind: strings.ToLower(kind), Digits: digits}
	_, err := hex.DecodeString(digits)
	return c, err == nil && c.New() != nil
}

func kindOf(digits string) string {
	switch len(digits) {
	case 2 * md5.Size:
		return "md5"
	case 2 * sha1.Size:
		return "sha1"
	case 2 * sha256.Size:
		return "sha256"
	case 2 * sha512.Size:
		return "sha512"
	}
	return ""
}

// New returns the checksum's hash, or nil for one that compares nothing.
func (c Checksum) New() hash.Hash {
	switch c.Kind {
	case "md5":
		return md5.New() //nolint:gosec // go-getter offers it
	case "sha1":
		return sha1.New() //nolint:gosec // go-getter offers it
	case "sha256":
		return sha256.New()
	case "sha512":
		return sha512.New()
	}
	return nil
}

// FindChecksum looks up a file's checksum in a list, as ChecksumFromFile in go-getter's checksum.go
// does: it uses the first line that names the file or no file.
func FindChecksum(list, listURL, fileURL string) (Checksum, bool) {
	l, err := url.Parse(listURL)
	if err != nil {
		return Checksum{}, false
	}
	f, err := url.Parse(fileURL)
	if err != nil {
		return Checksum{}, false
	}
	base := path.Base(f.Path)
	names := []string{"", base, "*" + base, "?" + base, f.Path}
	if rel, err := filepath.Rel(path.Dir(l.Path), f.Path); err == nil {
		names = append(names, rel, "./"+rel)
	}
	for line := range strings.Lines(list) {
		parts := strings.Fields(line)
		var kind, digits, name string
		switch len(parts) {
		case 0:
			continue
		case 2:
			digits, name = parts[0], parts[1]
		case 4: // SHA256 (file) = digits
			kind, digits = parts[0], parts[3]
			name = strings.TrimSuffix(strings.TrimPrefix(parts[1], "("), ")")
		default:
			digits = parts[0]
		}
		if sum, ok := newChecksum(kind, digits); ok && slices.Contains(names, name) {
			return sum, true
		}
	}
	return Checksum{}, false
}

// WithChecksum adds a SHA-256 to a URL, or replaces the URL's checksum with it.
func WithChecksum(raw, sha256 string) string {
	raw, fragment, _ := strings.Cut(raw, "#")
	base, query, _ := strings.Cut(raw, "?")
	parameters := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool {
		return p == "" || p == "checksum" || strings.HasPrefix(p, "checksum=")
	})
	out := base + "?" + strings.Join(append(parameters, "checksum=sha256:"+sha256), "&")
	if fragment != "" {
		out += "#" + fragment
	}
	return out
}
