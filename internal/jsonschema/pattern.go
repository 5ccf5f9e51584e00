package jsonschema

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

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
