package problem_test

import (
	"testing"

	"botkube-plugins/internal/problem"
)

func TestAnnotation(t *testing.T) {
	at := problem.Problem{Where: "source/a", Line: 3, Column: 5, Found: "b", Want: "c"}
	line := problem.Problem{Where: "index", Line: 3, Found: "b", Want: "c"}
	hostile := problem.Problem{
		Where: "a\r\n::error::x", Line: 1, Found: "100%25%0A::warning::y", Want: "c\x1b##[error]", Hint: "d\n::stop-commands::z",
		URL: "https://user:pass@example.com", Stderr: []string{"e\n::add-mask::f"},
	}
	for name, test := range map[string]struct{ got, want string }{
		"a place":   {at.Annotation(problem.LevelError, "dist/index.yaml"), "::error file=dist/index.yaml,line=3,col=5::source/a:3:5: found b, want c"},
		"no column": {line.Annotation(problem.LevelWarning, "x"), "::warning file=x,line=3::index:3: found b, want c"},
		"no file":   {at.Annotation(problem.LevelError, ""), "::error::source/a:3:5: found b, want c"},
		"no line":   {problem.Problem{Where: "a", Found: "b", Want: "c"}.Annotation(problem.LevelError, "x"), "::error::a: found b, want c"},
		"hostile": {
			hostile.Annotation(problem.LevelError, "50%,a:b\n::error::\x1b"),
			`::error file=50%25%2Ca%3Ab\n\x3a%3Aerror%3A%3A\x1b,line=1::a\n\x3a:error::x:1: found 100%2525%250A::warning::y, want c\x1b\x23#[error]` +
				`%0A  url: https://***@example.com%0A  hint: d%0A        \x3a:stop-commands::z` +
				`%0A  the plugin's last lines on stderr:%0A    | e\n\x3a:add-mask::f`,
		},
		"text": {problem.Annotation(problem.LevelWarning, "50%\r\nx"), "::warning::50%25%0D%0Ax"},
	} {
		if test.got != test.want {
			t.Errorf("%s: found\n%s\nwant\n%s", name, test.got, test.want)
		}
	}
}
