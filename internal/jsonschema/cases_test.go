package jsonschema

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"testing"
)

var casesFile = flag.String("cases", "", "where TestCases writes schemas with values and verdicts, as JSON lines")

func TestCases(t *testing.T) {
	f, err := os.Create(*casesFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	type judged struct {
		Value any  `json:"value"`
		Valid bool `json:"valid"`
	}
	checker := NewChecker()
	for seed := range uint64(*pairs) {
		g := &generator{rand.New(rand.NewPCG(seed, 16)), 7}
		doc := g.document()
		s, err := checker.compile(jsonKey(doc))
		if err != nil {
			t.Fatal(err)
		}
		line := struct {
			Schema any      `json:"schema"`
			Cases  []judged `json:"cases"`
		}{Schema: doc}
		for range 10 {
			v := g.value(s.compiled, 3)
			p, err := s.Judge(t.Context(), v, nil)
			if err != nil {
				t.Fatal(err)
			}
			line.Cases = append(line.Cases, judged{v, len(p) == 0})
		}
		if err := enc.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
}
