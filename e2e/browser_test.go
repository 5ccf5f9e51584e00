package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/kubeshop/botkube/pkg/plugin"
	"gopkg.in/yaml.v3"
)

// startBrowser starts Debian's chromium, which ends with the tests.
var startBrowser = sync.OnceValues(func() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, fmt.Errorf("%w\nhint: run make packages", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(filepath.Join(workDir, "chromium")),
		chromedp.Flag("lang", "en-US"), chromedp.Flag("font-render-hinting", "none"))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, _ := chromedp.NewExecAllocator(building, options...) // building is canceled when the tests end
	ctx, cancel := chromedp.NewContext(ctx)
	closeBrowser = cancel
	return ctx, chromedp.Do(ctx)
})

// closeBrowser ends the browser and waits until it has ended.
var closeBrowser = func() {}

// page is a tab of the browser. At its end the test fails if the page wrote to the console, which is
// where the browser reports violations of the Content-Security-Policy, or requested something from
// outside the site.
type page struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	messages []string
	requests []string
}

// look is how a page is shown.
type look struct {
	width    int64 // 1280 if 0
	dark     bool
	noScript bool
}

// pagePatience is how long a test may use a page.
const pagePatience = 5 * time.Minute

// openPage opens a page of a site.
func openPage(t *testing.T, site, path string, l look) *page {
	t.Helper()
	browser, err := startBrowser()
	if err != nil {
		t.Fatal(err)
	}
	p := &page{t: t}
	ctx, cancel := chromedp.NewContext(browser)
	ctx, stop := context.WithTimeout(ctx, pagePatience)
	p.ctx = ctx
	messages := chromedp.Console(p.ctx)
	read := make(chan struct{})
	go func() {
		defer close(read)
		for message, err := range messages {
			if err == nil {
				p.add(&p.messages, fmt.Sprintf("%s: %s", message.Type, message.Text))
			}
		}
	}()
	must(t, chromedp.Listen(p.ctx, func(event any) {
		if sent, ok := event.(*network.EventRequestWillBeSent); ok {
			p.add(&p.requests, sent.Request.URL)
		}
	}))
	t.Cleanup(func() {
		eval[int](p, "0") // the messages up to here have arrived
		stop()
		<-read
		cancel()
		p.check(site)
	})
	call(p, network.Enable, network.EnableParams{})
	scheme := map[bool]string{false: "light", true: "dark"}[l.dark]
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript})
	if l.width == 0 {
		l.width = 1280
	}
	p.do(chromedp.EmulateViewport(l.width, 900), chromedp.Navigate(site+path))
	return p
}

func (p *page) check(site string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, message := range p.messages {
		p.t.Errorf("found %q on the console, want nothing", message)
	}
	for _, request := range p.requests {
		if !strings.HasPrefix(request, site) && request != "data:," {
			p.t.Errorf("found a request for %s, want none but for %s", request, site)
		}
	}
	if len(p.requests) == 0 {
		p.t.Error("found no request, not even for the page")
	}
}

func (p *page) add(to *[]string, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*to = append(*to, text)
}

func (p *page) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	must(p.t, chromedp.Do(p.ctx, actions...))
}

// eval returns the value of an expression in the page, in which $ is the argument, if there is one.
func eval[T any](p *page, expression string, args ...any) T {
	p.t.Helper()
	for _, arg := range args {
		text, err := json.Marshal(arg)
		must(p.t, err)
		literal, err := json.Marshal(string(text)) // an object literal has no field __proto__
		must(p.t, err)
		expression = fmt.Sprintf("(($) => %s)(JSON.parse(%s))", expression, literal)
	}
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// fill replaces the text of the input with a label, as somebody who types does.
func (p *page) fill(label, text string) {
	p.t.Helper()
	p.focus(label)
	eval[any](p, "document.activeElement.select()")
	if text == "" {
		p.do(chromedp.KeyEvent("\b"))
		return
	}
	p.write(text)
}

// write types a text where the focus is.
func (p *page) write(text string) {
	p.t.Helper()
	call(p, input.InsertText, input.InsertTextParams{Text: text})
}

// press presses keys, one after the other.
func (p *page) press(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key}
		if key == "Enter" {
			down.Text = "\r"
		}
		call(p, input.DispatchKeyEvent, down)
		call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: key})
	}
}

// focus focuses the input with a label, which may be one of several: "Name 2".
func (p *page) focus(label string) {
	p.t.Helper()
	found := eval[bool](p, `(() => {
		const [, name, number] = /^(.*?)(?: (\d+))?$/.exec($);
		const all = [...document.querySelectorAll("#config-form label")].filter((label) =>
			label.checkVisibility() && label.textContent.replace(" required", "") === name);
		all[(number ?? 1) - 1]?.control.focus();
		return all.length >= (number ?? 1);
	})()`, label)
	if !found {
		p.t.Fatalf("found no field %s", label)
	}
}

// choose chooses an option of the drop-down with a label.
func (p *page) choose(label, option string) {
	p.t.Helper()
	p.focus(label)
	chosen := eval[bool](p, `(() => {
		const select = document.activeElement;
		const option = [...select.options].find((option) => option.text === $);
		if (!option) return false;
		select.value = option.value;
		select.dispatchEvent(new Event("input", { bubbles: true }));
		select.dispatchEvent(new Event("change", { bubbles: true }));
		return true;
	})()`, option)
	if !chosen {
		p.t.Fatalf("found no option %s in %s", option, label)
	}
}

// click clicks the button or the label with a name.
func (p *page) click(name string) {
	p.t.Helper()
	clicked := eval[bool](p, `(() => {
		const named = (element) => (element.getAttribute("aria-label") ?? element.textContent) === $;
		const button = [...document.querySelectorAll("button, #config-form label")].find(named);
		button?.click();
		return Boolean(button);
	})()`, name)
	if !clicked {
		p.t.Fatalf("found no button %s", name)
	}
}

// values returns the values that the page offers, or "" if it offers none.
func (p *page) values() string {
	p.t.Helper()
	return eval[string](p, `document.querySelector("#config-form .copy").disabled ? "" : document.getElementById("values").textContent`)
}

// fieldError returns the error at the field with a label, as assistive technology finds it.
func (p *page) fieldError(label string) string {
	p.t.Helper()
	p.focus(label)
	return eval[string](p, `(() => {
		const input = document.activeElement;
		const [error] = input.getAttribute("aria-describedby").split(" ").slice(-1).map((id) => document.getElementById(id));
		if ((input.getAttribute("aria-invalid") === "true") === error.hidden) return "aria-invalid does not fit: " + error.textContent;
		return error.hidden ? "" : error.textContent;
	})()`)
}

func call[P, R any](p *page, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	result, err := chromedp.Call(p.ctx, command, params)
	must(p.t, err)
	return result
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// makeSite runs indexgen site on an index, and returns the URL of the site's directory.
func makeSite(t *testing.T, ix plugin.Index) string {
	t.Helper()
	return runSite(t, writeIndex(t, ix))
}

// writeIndex writes an index to a file and returns its path.
func writeIndex(t *testing.T, ix plugin.Index) string {
	t.Helper()
	text, err := yaml.Marshal(ix)
	must(t, err)
	file := filepath.Join(t.TempDir(), "index.yaml")
	must(t, os.WriteFile(file, text, 0o600))
	return file
}

func runSite(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	cmd := exec.CommandContext(t.Context(), built(t, buildIndexgen), append([]string{"site", "--output", dir}, args...)...)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("indexgen site: %v\n%s", err, output)
	}
	return "file://" + dir + "/"
}

// entryWithSchema returns an entry that indexgen accepts.
func entryWithSchema(pluginType plugin.Type, name, schema string) plugin.IndexEntry {
	e := plugin.IndexEntry{Name: name, Type: pluginType, Description: "A plugin for tests.", Version: "v1.2.3"}
	for _, arch := range []string{"amd64", "arm64"} {
		e.URLs = append(e.URLs, plugin.IndexURL{
			URL:      fmt.Sprintf("https://example.com/%s_%s_linux_%s.tar.gz", pluginType, name, arch),
			Platform: plugin.IndexURLPlatform{OS: "linux", Arch: arch},
			Checksum: strings.Repeat("0123456789abcdef", 4),
		})
	}
	e.JSONSchema.Value = schema
	return e
}

// openForm opens the page of a source that has a schema.
func openForm(t *testing.T, schema string) *page {
	t.Helper()
	site := makeSite(t, plugin.Index{Entries: []plugin.IndexEntry{entryWithSchema(plugin.TypeSource, "tested", schema)}})
	return openPage(t, site, "plugins/my-repo/source-tested.html", look{})
}
