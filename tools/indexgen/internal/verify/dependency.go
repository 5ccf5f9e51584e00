package verify

import (
	"context"
	"crypto/md5"  //nolint:gosec // go-getter offers it
	"crypto/sha1" //nolint:gosec // go-getter offers it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/inspect"
)

// dependency checks one dependency.
func (v *verifier) dependency(ctx context.Context, c *Check, name string) error {
	d, err := index.ParseDownload(c.URL)
	if err != nil {
		return nil // which the index's validation says
	}
	subject := inspect.Subject{Archive: d.Archive}
	if d.Archive != "" {
		subject.File, subject.Dir = name, path.Clean("/" + d.Dir)[1:]
	}
	want, err := v.checksum(ctx, c, d)
	if err != nil {
		return err
	}
	sum := want.newHash()
	r, err := v.read(ctx, c, d, subject, sum, "")
	if err != nil || r.SHA256 == "" {
		return err
	}
	if d.Checksum == "" && len(r.Problems) == 0 {
		c.warn("no checksum", "the URL "+withChecksum(c.URL, r.SHA256), "go-getter then refuses a file that somebody has replaced")
	}
	if sum != nil && !strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), want.digits) {
		c.problem(
			fmt.Sprintf("a file of %d bytes with the checksum %x", r.Size, sum.Sum(nil)), want.digits+", as the URL says",
			"the file was replaced, or damaged on its way; if it is the right one, use "+withChecksum(c.URL, r.SHA256),
		)
	}
	return nil
}

// checksum is one that go-getter compares.
type checksum struct {
	kind   string // such as "sha256"; empty for one that goes by the length
	digits string // hexadecimal
}

// checksum returns what the URL wants, which is empty if it wants nothing, or if where it
// should be it is not, which becomes a problem.
func (v *verifier) checksum(ctx context.Context, c *Check, d index.Download) (checksum, error) {
	kind, value, typed := strings.Cut(d.Checksum, ":")
	switch {
	case !typed:
		return checksum{digits: d.Checksum}, nil
	case kind != "file":
		return checksum{kind: kind, digits: value}, nil
	}
	small := *v.opts.Client
	small.MaxSize = 1 << 20
	body, err := small.Get(ctx, value, nil)
	var list []byte
	if err == nil {
		defer body.Close()
		list, err = io.ReadAll(body)
	}
	if ctx.Err() != nil {
		return checksum{}, context.Cause(ctx)
	}
	if err != nil {
		c.problem(fmt.Sprintf("the error %q for its checksum file %s", Plain(err), label(value)), "a file that can be downloaded", hint(err))
		return checksum{}, nil
	}
	sum, err := listed(string(list), value, d.URL)
	if err != nil {
		c.problem(fmt.Sprintf("%s in its checksum file %s", err, label(value)), "the checksum of "+d.File, "")
	}
	return sum, nil
}

// listed finds the checksum of a file in a list, as ChecksumFromFile in go-getter's
// checksum.go does: the first line that names the file, or no file.
func listed(list, listURL, fileURL string) (checksum, error) {
	l, err := url.Parse(listURL)
	if err != nil {
		return checksum{}, err
	}
	f, err := url.Parse(fileURL)
	if err != nil {
		return checksum{}, err
	}
	base := path.Base(f.Path)
	names := []string{"", base, "*" + base, "?" + base, f.Path}
	if rel, err := filepath.Rel(path.Dir(l.Path), f.Path); err == nil {
		names = append(names, rel, "./"+rel)
	}
	for line := range strings.Lines(list) {
		parts := strings.Fields(line)
		var sum checksum
		name := ""
		switch len(parts) {
		case 0:
			continue
		case 2:
			sum.digits, name = parts[0], parts[1]
		case 4: // SHA256 (file) = digits
			sum.kind, sum.digits = parts[0], parts[3]
			name = strings.TrimSuffix(strings.TrimPrefix(parts[1], "("), ")")
		default:
			sum.digits = parts[0]
		}
		if _, err := hex.DecodeString(sum.digits); err == nil && sum.newHash() != nil && slices.Contains(names, name) {
			return sum, nil
		}
	}
	return checksum{}, errors.New("no checksum of the file")
}

// newHash returns the hash by the checksum's kind, or else by its length, and nil if there
// is none.
func (s checksum) newHash() hash.Hash {
	kind, digits := strings.ToLower(s.kind), len(s.digits)
	switch {
	case kind == "md5" || kind == "" && digits == 2*md5.Size:
		return md5.New() //nolint:gosec // go-getter offers it
	case kind == "sha1" || kind == "" && digits == 2*sha1.Size:
		return sha1.New() //nolint:gosec // go-getter offers it
	case kind == "sha256" || kind == "" && digits == 2*sha256.Size:
		return sha256.New()
	case kind == "sha512" || kind == "" && digits == 2*sha512.Size:
		return sha512.New()
	}
	return nil
}

// withChecksum adds a checksum to a URL, or replaces it.
func withChecksum(raw, sum string) string {
	raw, fragment, _ := strings.Cut(raw, "#")
	base, query, _ := strings.Cut(raw, "?")
	parameters := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool {
		return p == "" || p == "checksum" || strings.HasPrefix(p, "checksum=")
	})
	out := base + "?" + strings.Join(append(parameters, "checksum=sha256:"+sum), "&")
	if fragment != "" {
		out += "#" + fragment
	}
	return out
}
