package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The test binary is the program itself if this variable is set.
const asProgram = "RELEASEGUARD_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const (
	page   = "https://github.com/someone/plugins/releases/tag/v1.0.0"
	byTag  = "GET /releases/tags/v1.0.0"
	list   = "GET /releases?page=1&per_page=100"
	list2  = "GET /releases?page=2&per_page=100"
	remove = "DELETE /releases/8"
	commit = "851b485851b485851b485851b485851b485851b4"

	draft     = `[{"id": 8, "tag_name": "v1.0.0", "draft": true}]`
	apiHint   = "  hint: check GITHUB_API_URL; the API in use is API/\n"
	tokenHint = "  hint: check that the repository exists, and that GITHUB_TOKEN is valid and has access to its contents\n"
)

// answer is one of the server's answers.
type answer struct {
	status int
	body   string
	header http.Header
}

var (
	notFound   = answer{status: 404, body: `{"message": "Not Found"}`}
	badGateway = answer{status: 502, body: "<html>"}
)

func ok(body string) answer { return answer{status: 200, body: body} }

func with(a answer, name, value string) answer {
	a.header = http.Header{name: {value}}
	return a
}

// server answers as a script says: for each request the answers in their order, the last of
// them again and again; as publishing says to the requests that the script does not have; and 404 to
// all others. Close ends it.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	script   map[string][]answer
	requests []string
}

func newServer(t *testing.T, script map[string][]answer) *server {
	t.Helper()
	s := &server{script: maps.Clone(publishing)}
	maps.Copy(s.script, script)
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.Replace(r.URL.RequestURI(), "/repos/someone/plugins", "", 1)
	request := r.Method + " " + strings.TrimPrefix(strings.TrimPrefix(path, "/api/v3"), "/api")
	s.requests = append(s.requests, request)
	a := notFound
	if answers := s.script[request]; len(answers) > 0 {
		a = answers[0]
		s.script[request] = answers[min(1, len(answers)-1):]
	}
	if r.Header.Get("Authorization") != "Bearer secret" {
		a = answer{status: 401, body: `{"message": "Bad credentials"}`}
	}
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	fmt.Fprint(w, a.body)
}

// guard publishes two files on the server, and returns the exit code and what the program prints,
// with API for the API's URL.
func (s *server) guard(t *testing.T, url string) (code int, stderr string) {
	t.Helper()
	code, stdout, stderr := s.run(t, "publish", "testdata/notes.md", url, commit, "testdata/one.txt", "testdata/two.txt")
	if stdout != "" {
		t.Errorf("found the output %q, want none", stdout)
	}
	return code, stderr
}

// run is guard for what prints a result.
func (s *server) run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err strings.Builder
	code = run(t.Context(), args, env(map[string]string{"GITHUB_TOKEN": "secret", "GITHUB_API_URL": s.URL + "/api/v3"}), time.Millisecond, &out, &err)
	return code, out.String(), strings.ReplaceAll(err.String(), s.URL+"/api/v3", "API")
}

func env(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// scenario is what the server answers, and what the program then prints and requests.
type scenario struct {
	script   map[string][]answer
	stderr   string // with SECONDS for a wait of one or two seconds, which depends on when the second began
	requests []string
}

var seconds = regexp.MustCompile(`again in [12]s`)

// play runs the program in each scenario.
func play(t *testing.T, wantCode int, scenarios map[string]scenario) {
	t.Helper()
	for name, test := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, test.script)
			code, stderr := s.guard(t, page)
			stderr = seconds.ReplaceAllString(stderr, "again in SECONDS")
			if code != wantCode || stderr != test.stderr {
				t.Errorf("found exit code %d and\n%swant %d and\n%s", code, stderr, wantCode, test.stderr)
			}
			if !slices.Equal(s.requests, test.requests) {
				t.Errorf("found the requests %q, want %q", s.requests, test.requests)
			}
		})
	}
}

func times(n int, request string) []string { return slices.Repeat([]string{request}, n) }

func TestRefused(t *testing.T) {
	t.Parallel()
	const (
		undecided = "error: cannot find out whether v1.0.0 is published: "
		answered  = "GitHub answered 400 Bad Request: "
	)
	again := func(what string) string {
		return what + "; trying again in 0s\n" + what + "; trying again in 0s\n" + what + "; trying again in 0s\n"
	}
	const notJSON = "the API's answer is not the expected JSON: invalid character '<' looking for beginning of value"
	play(t, 1, map[string]scenario{
		"published": {
			map[string][]answer{byTag: {ok(`{"id": 8, "tag_name": "v1.0.0"}`)}},
			"error: v1.0.0 is already published: " + page + "\n" +
				"  hint: a published release never changes; release a new version instead\n",
			[]string{byTag},
		},
		"an empty answer may be a published release": {
			map[string][]answer{byTag: {ok("")}},
			"error: v1.0.0 is already published: " + page + "\n" +
				"  hint: a published release never changes; release a new version instead\n",
			[]string{byTag},
		},
		"not allowed": {
			map[string][]answer{byTag: {{status: 403, body: `{"message": "Resource not accessible"}`}}},
			undecided + "GitHub answered 403 Forbidden: Resource not accessible\n" + tokenHint,
			[]string{byTag},
		},
		"a message that a terminal would obey": {
			map[string][]answer{byTag: {{status: 400, body: `{"message": "\u001b[2Jgone\n\u202e"}`}}},
			undecided + `GitHub answered 400 Bad Request: \x1b[2Jgone\n\u202e` + "\n",
			[]string{byTag},
		},
		"a message that is a command of GitHub Actions": {
			map[string][]answer{byTag: {{status: 400, body: `{"message": "##[error]forged\n::error::forged"}`}}},
			undecided + `GitHub answered 400 Bad Request: \x23#[error]forged\n\x3a:error::forged` + "\n",
			[]string{byTag},
		},
		"a message that is too long": {
			map[string][]answer{byTag: {{status: 400, body: `{"message": "` + strings.Repeat("x", 5000) + `"}`}}},
			undecided + answered + strings.Repeat("x", 4000-len(undecided+answered)+len("error: ")) + "…\n",
			[]string{byTag},
		},
		"server down": {
			map[string][]answer{byTag: {badGateway}},
			again("GitHub answered 502 Bad Gateway") + undecided + "GitHub answered 502 Bad Gateway\n",
			times(4, byTag),
		},
		"not JSON": {
			map[string][]answer{byTag: {ok("<html>")}},
			again(notJSON) + undecided + notJSON + "\n" + apiHint,
			times(4, byTag),
		},
		"an answer without end": {
			map[string][]answer{byTag: {ok(`{"body": "` + strings.Repeat("x", maxAnswer) + `"}`)}},
			undecided + "the API's answer is larger than 32 MB\n" + apiHint,
			[]string{byTag},
		},
		"a rate limit that lasts": {
			map[string][]answer{byTag: {{status: 403, body: `{"message": "API rate limit exceeded"}`, header: http.Header{
				"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"4102444800"},
			}}}},
			undecided + "the rate limit of the API is used up until 00:00:00 UTC\n" +
				"  hint: try again after that time; with a GITHUB_TOKEN, the limit is higher\n",
			[]string{byTag},
		},
		"no list": {
			map[string][]answer{},
			"error: cannot list the drafts of v1.0.0: GitHub answered 404 Not Found: Not Found\n" + tokenHint,
			[]string{byTag, list},
		},
		"an empty answer is no list": {
			map[string][]answer{list: {ok("")}},
			again("the API's answer is empty") + "error: cannot list the drafts of v1.0.0: the API's answer is empty\n",
			append([]string{byTag}, times(4, list)...),
		},
		"pages without end": {
			map[string][]answer{list: {with(ok("[]"), "Link", `<http://example.com/?page=1>; rel="next"`)}},
			"error: cannot list the drafts of v1.0.0: the list of releases goes on after 100 pages, but GitHub ends it there at the latest\n" + apiHint,
			append([]string{byTag}, times(100, list)...),
		},
		"a draft that cannot be deleted": {
			map[string][]answer{list: {ok(draft)}, remove: {{status: 403, body: `{"message": "Must have admin rights"}`}}},
			"error: cannot delete a draft of v1.0.0: GitHub answered 403 Forbidden: Must have admin rights\n" + tokenHint,
			[]string{byTag, list, remove},
		},
	})
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.Close()
	code, stderr := s.guard(t, page)
	want := "error: cannot find out whether v1.0.0 is published: Get \"API/repos/someone/plugins/releases/tags/v1.0.0\": dial tcp "
	if last := stderr[strings.LastIndex(stderr, "error: "):]; code != 1 || !strings.HasPrefix(last, want) || strings.Count(stderr, "trying again") != 3 {
		t.Errorf("found exit code %d and\n%swant 1 and\n%s...", code, stderr, want)
	}
}

// The token is for one server, and a request that deletes must not become one that reads.
func TestRedirects(t *testing.T) {
	t.Parallel()
	other := newServer(t, map[string][]answer{"GET /": {ok("[]")}})
	for name, script := range map[string]map[string][]answer{
		"to another server": {byTag: {with(answer{status: 307}, "Location", other.URL+"/")}},
		"to another method": {list: {ok(draft)}, remove: {with(answer{status: 301}, "Location", "/elsewhere")}},
		"in a circle":       {byTag: {with(answer{status: 307}, "Location", "/api/v3/repos/someone/plugins/releases/tags/v1.0.0")}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, script)
			code, stderr := s.guard(t, page)
			if code != 1 || !strings.Contains(stderr, errRedirect.Error()) || strings.Contains(stderr, "trying again") {
				t.Errorf("found exit code %d and\n%s", code, stderr)
			}
		})
	}
	if len(other.requests) > 0 {
		t.Errorf("the other server got the requests %q", other.requests)
	}
}

func TestCleared(t *testing.T) {
	t.Parallel()
	const deleted = "deleted a draft of v1.0.0 that a failed run left behind\n"
	requests := func(before ...string) []string {
		return append(before, create, upload1, upload2, assets, tagCommit, makePublic)
	}
	soon := strconv.FormatInt(time.Now().Unix()+1, 10)
	play(t, 0, map[string]scenario{
		"new": {map[string][]answer{list: {ok("[]")}}, published, requests(byTag, list)},
		"drafts": {
			map[string][]answer{
				list: {with(ok(`[{"id": 6, "tag_name": "v0.9.0"}, {"id": 7, "tag_name": "v1.0.0", "draft": true}]`), "Link", `<http://example.com/?page=2>; rel="next"`)},
				list2: {ok(`[{"id": 8, "tag_name": "v1.0.0", "draft": true}, {"id": 9, "tag_name": "v1.1.0", "draft": true},
					{"id": 10, "tag_name": "v1.0.0"}]`)},
				"DELETE /releases/7": {{status: 204}},
				remove:               {{status: 204}},
			},
			deleted + deleted + published,
			requests(byTag, list, list2, "DELETE /releases/7", remove),
		},
		"server down, then up": {
			map[string][]answer{
				byTag: {badGateway, notFound}, list: {ok("<html>"), ok(draft)}, remove: {badGateway, {status: 204}},
			},
			"GitHub answered 502 Bad Gateway; trying again in 0s\n" +
				"the API's answer is not the expected JSON: invalid character '<' looking for beginning of value; trying again in 0s\n" +
				"GitHub answered 502 Bad Gateway; trying again in 0s\n" + deleted + published,
			requests(byTag, byTag, list, list, remove, remove),
		},
		"the answer to a deletion is lost": {
			map[string][]answer{list: {ok(draft)}, remove: {badGateway, notFound}},
			"GitHub answered 502 Bad Gateway; trying again in 0s\n" + deleted + published,
			requests(byTag, list, remove, remove),
		},
		"a rate limit that ends": {
			map[string][]answer{
				list: {ok("[]")},
				byTag: {{status: 403, body: `{"message": "You have exceeded a secondary rate limit",
					"documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`, header: http.Header{
					"X-Ratelimit-Reset": {soon},
				}}, notFound},
			},
			"GitHub limits the rate of requests: You have exceeded a secondary rate limit; trying again in SECONDS\n" + published,
			requests(byTag, byTag, list),
		},
	})
}

// A tag may hold what means something else in a URL.
func TestTagIsEscaped(t *testing.T) {
	t.Parallel()
	request := "GET /releases/tags/plugins%2Fv1.0.0%23%3F"
	s := newServer(t, map[string][]answer{request: {ok("{}")}})
	code, stderr := s.guard(t, "https://github.com/someone/plugins/releases/tag/plugins%2Fv1.0.0%23%3F")
	if code != 1 || !strings.HasPrefix(stderr, "error: plugins/v1.0.0#? is already published: ") || !slices.Equal(s.requests, []string{request}) {
		t.Errorf("found exit code %d, the requests %q and\n%s", code, s.requests, stderr)
	}
}
