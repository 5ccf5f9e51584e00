package e2e_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/kubeshop/botkube/pkg/plugin"
)

// distSite makes the site of dist, and returns its URL.
func distSite(t *testing.T) string {
	t.Helper()
	_, indexURL := publishDist(t)
	return runSite(t, indexURL, "--readmes", "../plugins")
}

// Botkube needs only the values of the page and the app in Slack: its own manager installs the plugin,
// which accepts the config that the form made.
func TestPluginsStartWithTheValuesOfTheirForms(t *testing.T) {
	site := distSite(t)
	ticker := openPage(t, site, "plugins/my-repo/source-ticker.html", look{})
	ticker.fill("interval", "1s")
	echo := openPage(t, site, "plugins/my-repo/executor-echo.html", look{})
	echo.choose("upperCase", "true")
	cfg, executors, sources := enabled(t, []byte(slackApp), []byte(ticker.values()))
	if fmt.Sprint(executors, sources) != "[] [my-repo/ticker]" {
		t.Fatalf("found %v and %v enabled, want the ticker", executors, sources)
	}
	echoConfig, executors, _ := enabled(t, []byte(slackApp), []byte(echo.values()))
	cfg.Plugins.CacheDir = t.TempDir()
	b := &botkube{t: t}
	must(t, b.startWith(cfg.Plugins, executors, sources))
	b.next(b.stream(t.Context(), "my-repo/ticker", rawConfig(t, cfg.Sources["ticker"].Plugins["my-repo/ticker"])))
	raw := rawConfig(t, echoConfig.Executors["echo"].Plugins["my-repo/echo"])
	if got, err := execute(b, "my-repo/echo", "echo hello", raw); err != nil || got.BaseBody.CodeBlock != "HELLO" {
		t.Errorf("found %+v, error %v; want HELLO", got, err)
	}
}

// With the switch for access to the cluster, Botkube gives the plugin the permissions of a group.
func TestFormGivesAccessToTheCluster(t *testing.T) {
	p := openForm(t, "{}")
	p.click("Give the plugin access to the cluster")
	p.fill("RBAC group", "readers")
	cfg, _, _ := enabled(t, []byte(slackApp), []byte(p.values()))
	rbac := cfg.Sources["tested"].Plugins["my-repo/tested"].Context.RBAC
	if rbac == nil || rbac.Group.Type != "Static" || fmt.Sprint(rbac.Group.Static.Values) != "[readers]" {
		t.Errorf("found %+v, want the group readers", rbac)
	}
	p.fill("RBAC group", " ")
	if p.values() != "" {
		t.Error("found values without a group")
	}
}

// axe-core finds nothing, and nothing is wider than the screen, on a phone and on a desktop, in light
// and dark.
func TestPagesAreAccessible(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe/axe.min.js")
	must(t, err)
	site := distSite(t)
	form := makeSite(t, plugin.Index{Entries: []plugin.IndexEntry{entryWithSchema(plugin.TypeSource, "tested", everyType)}})
	for _, l := range []look{{width: 375}, {width: 375, dark: true}, {width: 1440}, {width: 1440, dark: true}} {
		for path, site := range map[string]string{
			"index.html": site, "plugins/my-repo/executor-restart.html": site, "plugins/my-repo/source-tested.html": form,
		} {
			t.Run(fmt.Sprintf("%d %t %s", l.width, l.dark, path), func(t *testing.T) {
				p := openPage(t, site, path, l)
				if site == form {
					for _, list := range []string{"tags", "ports"} {
						p.click("Add item to " + list)
					}
					p.fill("name", "a")
				}
				eval[any](p, strings.TrimSpace(string(axe)))
				found := eval[[]string](p, `axe.run({ preload: false }).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))`)
				if len(found) > 0 {
					t.Errorf("axe-core found %s", strings.Join(found, "\n"))
				}
				if wide := eval[int](p, "document.documentElement.scrollWidth"); int64(wide) > l.width {
					t.Errorf("the page is %d pixels wide, want at most %d", wide, l.width)
				}
			})
		}
	}
}

// The libraries of the pages, and axe-core, are what npm has under their versions.
func TestLibrariesAreThoseOfNPM(t *testing.T) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Fatalf("%v\nhint: run make packages", err)
	}
	dir := t.TempDir()
	for _, args := range [][]string{
		{"sh", "../tools/indexgen/internal/site/vendoring/build.sh", dir},
		{npm, "install", "--silent", "--ignore-scripts", "--prefix", dir, "axe-core@4.14.1"},
	} {
		if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	vendor := "../tools/indexgen/internal/site/assets/vendor/"
	for file, made := range map[string]string{
		vendor + "json-schema.js":  "json-schema.js",
		vendor + "js-yaml.js":      "js-yaml.js",
		vendor + "js-yaml.LICENSE": "js-yaml.LICENSE",
		"testdata/axe/axe.min.js":  "node_modules/axe-core/axe.min.js",
	} {
		want, err := os.ReadFile(filepath.Join(dir, made))
		must(t, err)
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from npm's (%v)\nhint: see vendoring/README.md", file, err)
		}
	}
}

// Without JavaScript, everything can be read: the table of fields and the values with the defaults.
func TestPagesWithoutJavaScript(t *testing.T) {
	site := distSite(t)
	p := openPage(t, site, "plugins/my-repo/source-ticker.html", look{noScript: true})
	text, err := chromedp.Run(p.ctx, chromedp.Text(chromedp.CSS("#config")))
	must(t, err)
	for _, want := range []string{"interval", "How often the message is sent", "interval: 1m"} {
		if !strings.Contains(text, want) {
			t.Errorf("found no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Copy") {
		t.Error("found a button that does nothing")
	}
}

// The search finds plugins by what is typed and chosen, by keyboard too, and its state is a link.
func TestOverviewFindsPlugins(t *testing.T) {
	site := distSite(t)
	p := openPage(t, site, "index.html", look{})
	shown := func() string {
		return eval[string](p, `[...document.querySelectorAll("#plugins > li")].map((item) => item.querySelector("a").textContent.split("/").pop()).join(" ")`)
	}
	expect := func(step, want string) {
		t.Helper()
		if got := shown(); got != want {
			t.Errorf("%s: found the plugins %q, want %q", step, got, want)
		}
	}
	expect("at first", "echo forwarder restart ticker")
	p.press("/")
	p.write("interv")
	expect("a config field", "ticker")
	p.press("Escape")
	p.write("nothing like it")
	expect("nothing", "")
	if eval[bool](p, `document.getElementById("empty").hidden`) {
		t.Error("nothing says that nothing is found")
	}
	p.press("Escape")
	eval[any](p, `document.getElementById("type-source").click()`)
	expect("sources", "forwarder ticker")
	if got := eval[string](p, "location.hash"); got != "#type=source" {
		t.Errorf("found the state %q", got)
	}
	p.press("/", "ArrowDown", "ArrowDown")
	if got := eval[string](p, "document.activeElement.textContent"); got != "my-repo/ticker" {
		t.Errorf("two arrows lead to %q, want the second plugin", got)
	}
	p.press("Enter")
	p.do(chromedp.WaitReady(chromedp.CSS("#config")))
	if got := eval[string](p, `document.querySelector("h1").textContent`); got != "my-repo/ticker" {
		t.Errorf("Enter leads to %q", got)
	}
	linked := openPage(t, site, "index.html#q=echo&type=executor", look{})
	if got := eval[string](linked, `document.getElementById("query").value + document.querySelectorAll("#plugins > li").length`); got != "echo1" {
		t.Errorf("found the search %q, want one executor", got)
	}
}

// An index of a thousand plugins stays quick and small.
func TestOverviewOfAThousandPlugins(t *testing.T) {
	var ix plugin.Index
	words := strings.Fields("watches clusters sends messages when deployments change and answers questions about pods nodes secrets")
	for i := range 1000 {
		e := entryWithSchema([]plugin.Type{plugin.TypeSource, plugin.TypeExecutor}[i%2], fmt.Sprintf("plugin-%s-%d", words[i%len(words)], i),
			fmt.Sprintf(`{"type": "object", "properties": {"field%d": {"type": "string"}, "%sLevel": {"type": "integer"}}}`, i, words[i/7%len(words)]))
		e.Description = fmt.Sprintf("Number %d %s %s %s.", i, words[i%5], words[i%11], words[i%13])
		ix.Entries = append(ix.Entries, e)
	}
	site := makeSite(t, ix)
	p := openPage(t, site, "index.html", look{})
	call(p, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	interactive := p.work(func() { p.do(chromedp.Reload()) })
	var keystrokes []time.Duration
	for _, query := range []string{"p", "pl", "plugin-s", "field99", "level", "zzz", "messages pods", ""} {
		keystrokes = append(keystrokes, p.work(func() {
			eval[any](p, `new Promise((resolve) => {
				const query = document.getElementById("query");
				query.value = $;
				query.dispatchEvent(new Event("input", { bubbles: true }));
				requestAnimationFrame(() => requestAnimationFrame(() => resolve(null))); // it is painted
			})`, query)
		}))
	}
	keystroke := slices.Max(keystrokes)
	size := compressedSize(t, strings.TrimPrefix(site, "file://"), "index.html", "assets/site.css", "assets/site.js")
	t.Logf("the page takes %s, keystrokes %v, and the files %d KB compressed", interactive, keystrokes, size/1000)
	if interactive > time.Second || keystroke > 50*time.Millisecond || size > 300_000 {
		t.Error("want at most 1s, 50ms and 300 KB")
	}
}

// work returns for how long the main thread of the page computes while do runs, which other programs
// do not distort.
func (p *page) work(do func()) time.Duration {
	p.t.Helper()
	computed := func() float64 {
		for _, metric := range call(p, performance.GetMetrics, cdp.Empty{}).Metrics {
			if metric.Name == "TaskDuration" {
				return metric.Value
			}
		}
		p.t.Fatal("found no TaskDuration")
		return 0
	}
	before := computed()
	do()
	return time.Duration((computed() - before) * float64(time.Second))
}

func compressedSize(t *testing.T, dir string, names ...string) int {
	t.Helper()
	var out bytes.Buffer
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		w := gzip.NewWriter(&out)
		_, _ = w.Write(text)
		must(t, w.Close())
	}
	return out.Len()
}
