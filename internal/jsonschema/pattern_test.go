package jsonschema

import (
	"fmt"
	"strings"
	"testing"
)

// However many patterns there are, only a few are in memory, and each is still checked.
func TestPatternsAreBounded(t *testing.T) {
	checker := NewChecker()
	valid := func(pattern string) bool {
		return checker.Check(fmt.Sprintf(`{"pattern": %q}`, pattern)).Total() == 0
	}
	for i := range maxKnown + 10 {
		pattern := fmt.Sprintf("^%d$", i)
		for _, again := range []bool{false, true} {
			if !valid(pattern) || valid("("+pattern) {
				t.Fatalf("%s (again %t): found a wrong verdict", pattern, again)
			}
		}
	}
	if n := len(checker.patterns.known); n != maxKnown {
		t.Errorf("found %d patterns in memory, want %d", n, maxKnown)
	}
	checker = NewChecker()
	long := strings.Repeat("a", maxKnownLength)
	if !valid(long) || !valid(long+"a") {
		t.Error("a long pattern is not valid")
	}
	if _, kept := checker.patterns.known[long+"a"]; kept || checker.patterns.known[long] == nil {
		t.Errorf("found %d patterns in memory, want the shorter one", len(checker.patterns.known))
	}
}
