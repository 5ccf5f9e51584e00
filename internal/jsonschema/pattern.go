package jsonschema

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compilePattern compiles a pattern as JSON Schema defines it: by ECMA-262, which has lookaheads,
// unlike Go's regular expressions. The engine knows only some Unicode properties, so each property
// matches any letter.
func compilePattern(pattern string) (jsonschema.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("%d bytes, which is too long to be checked", len(pattern))
	}
	compiled, err := regexp2.Compile(propertyClass.ReplaceAllString(pattern, `\p{L}`), regexp2.ECMAScript)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return ecmaPattern{compiled}, nil
}

var propertyClass = regexp.MustCompile(`\\[pP]\{[A-Za-z0-9_=]+\}`)

type ecmaPattern struct{ *regexp2.Regexp }

func (p ecmaPattern) MatchString(s string) bool {
	ok, err := p.Regexp.MatchString(s)
	return err == nil && ok
}

// patterns compiles patterns, and remembers the first ones: schemas share many. It takes a third of
// the CPU time off BenchmarkCheck of the package index. Several goroutines can use it at once.
type patterns struct {
	mutex sync.Mutex
	known map[string]jsonschema.Regexp
}

// These limits bound the memory for remembered patterns.
const (
	maxKnown       = 1000
	maxKnownLength = 200 // bytes
)

func (p *patterns) compile(pattern string) (jsonschema.Regexp, error) {
	if known := p.lookUp(pattern); known != nil {
		return known, nil
	}
	compiled, err := compilePattern(pattern)
	if err == nil && len(pattern) <= maxKnownLength {
		p.remember(pattern, compiled)
	}
	return compiled, err
}

func (p *patterns) lookUp(pattern string) jsonschema.Regexp {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.known[pattern]
}

func (p *patterns) remember(pattern string, compiled jsonschema.Regexp) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if len(p.known) < maxKnown {
		p.known[pattern] = compiled
	}
}
