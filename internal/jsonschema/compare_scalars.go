package jsonschema

import (
	"math"
	"math/big"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// tryScalars tries texts, numbers and the other values that are no list and no object.
func tryScalars(facets []*jsonschema.Schema, try func(any) bool) bool {
	for _, values := range [][]any{sampleTexts(facets), sampleNumbers(facets), {true, false, nil}} {
		for _, v := range values {
			if !try(v) {
				return false
			}
		}
	}
	return true
}

// usualTexts are texts that configs often have: durations, URLs, and others with a format.
var usualTexts = []string{
	"text", "1s", "500ms", "5m", "", "1", "a", "A", "a b", "true", "default", "https://example.com", "user@example.com",
	"2006-01-02T15:04:05Z", "2006-01-02", "127.0.0.1", "::1", "example.com", "P1D", "/a", "^a$",
	"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "1.2.3",
}

func sampleTexts(facets []*jsonschema.Schema) (samples []any) {
	for _, f := range facets {
		if f.Pattern != nil {
			for _, text := range matches(f.Pattern.String()) {
				samples = append(samples, text)
			}
		}
	}
	for _, text := range usualTexts {
		samples = append(samples, text)
	}
	for _, f := range facets {
		for _, n := range []*int{f.MinLength, f.MaxLength} {
			if n == nil {
				continue
			}
			for _, length := range []int{*n - 1, *n, *n + 1} {
				if length >= 0 && length <= maxLong {
					samples = append(samples, strings.Repeat("a", length), strings.Repeat("1", length))
				}
			}
		}
	}
	return samples
}

func sampleNumbers(facets []*jsonschema.Schema) []any {
	numbers := []float64{1, 0, -1, 2, 10, 0.5, 1.5, -0.5, 100, 1000}
	var factors []float64
	for _, f := range facets {
		for _, limit := range []*big.Rat{f.Minimum, f.Maximum, f.ExclusiveMinimum, f.ExclusiveMaximum} {
			if limit != nil {
				n, _ := limit.Float64()
				numbers = append(numbers, n, n-1, n+1, n-0.5, n+0.5, math.Floor(n), math.Ceil(n))
			}
		}
		if f.MultipleOf != nil {
			n, _ := f.MultipleOf.Float64()
			factors = append(factors, n)
		}
	}
	for _, n := range slices.Clone(numbers) {
		for _, factor := range factors {
			down := math.Floor(n/factor) * factor
			numbers = append(numbers, down, down+factor, down-factor)
		}
	}
	var samples []any
	for _, n := range numbers {
		if !math.IsInf(n, 0) && !math.IsNaN(n) {
			samples = append(samples, n)
		}
	}
	return samples
}

// maxMatches is how many texts matches returns.
const maxMatches = 12

// matches returns some texts that a pattern probably matches. It returns none for a pattern that
// only ECMA-262 knows. The validator decides what matches.
func matches(pattern string) []string {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	return matchesOf(tree)
}

func matchesOf(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCharClass:
		var texts []string
		for i := 0; i+1 < len(re.Rune) && len(texts) < 6; i += 2 {
			low, high := re.Rune[i], re.Rune[i+1]
			if low < ' ' {
				low = min(max(low, ' '), high)
			}
			texts = append(texts, string(low))
			if high != low && high < 0x7f {
				texts = append(texts, string(high))
			}
		}
		return texts
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []string{"a", "0", " "}
	case syntax.OpCapture:
		return matchesOf(re.Sub[0])
	case syntax.OpStar, syntax.OpQuest:
		return few([]string{""}, matchesOf(re.Sub[0]))
	case syntax.OpPlus:
		return matchesOf(re.Sub[0])
	case syntax.OpRepeat:
		texts := []string{""}
		for range min(re.Min, maxItems) {
			texts = joined(texts, matchesOf(re.Sub[0]))
		}
		if re.Min == 0 {
			texts = few(texts, matchesOf(re.Sub[0]))
		}
		return texts
	case syntax.OpConcat:
		texts := []string{""}
		for _, sub := range re.Sub {
			texts = joined(texts, matchesOf(sub))
		}
		return texts
	case syntax.OpAlternate:
		var texts []string
		for _, sub := range re.Sub {
			texts = append(texts, matchesOf(sub)...)
		}
		return few(texts)
	}
	return []string{""} // an anchor
}

// joined returns texts that consist of one of each list. Each text of the longer list occurs.
func joined(first, second []string) (texts []string) {
	if len(first) == 0 || len(second) == 0 {
		return nil
	}
	for i := range max(len(first), len(second)) {
		texts = append(texts, first[i%len(first)]+second[i%len(second)])
	}
	for _, a := range first {
		for _, b := range second {
			if len(texts) >= maxMatches {
				return few(texts)
			}
			texts = append(texts, a+b)
		}
	}
	return few(texts)
}

func few(lists ...[]string) []string {
	texts := slices.Concat(lists...)
	return texts[:min(len(texts), maxMatches)]
}
