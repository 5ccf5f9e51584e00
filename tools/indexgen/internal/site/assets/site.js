"use strict";

// Copies what a button names: the element before it, or the one that a selector finds.
function copied(button) {
  const target = button.dataset.copy === "previous"
    ? button.previousElementSibling
    : document.querySelector(button.dataset.copy);
  return target ? target.textContent : "";
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Browsers have no clipboard on a page that comes over http from another machine.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser does not allow it");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  let result = "Copied";
  try {
    await copy(copied(button));
  } catch {
    result = "Failed";
  }
  announce(result);
  button.dataset.label ??= button.textContent;
  button.textContent = result;
  setTimeout(() => { button.textContent = button.dataset.label; }, 1500);
});

// announce says something to people who do not see the page.
function announce(text) {
  let status = document.getElementById("announcement");
  if (!status) {
    status = document.createElement("p");
    status.id = "announcement";
    status.className = "visually-hidden";
    status.setAttribute("role", "status");
    document.body.append(status);
  }
  status.textContent = "";
  setTimeout(() => { status.textContent = text; }, 50);
}

for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;

const search = document.getElementById("search");
if (search) startSearch();

function startSearch() {
  const query = document.getElementById("query");
  const platform = document.getElementById("platform");
  const list = document.getElementById("plugins");
  const empty = document.getElementById("empty");
  const count = document.getElementById("count");
  const plugins = Array.from(list.children, (element, position) => ({
    element,
    position,
    link: element.querySelector("a"),
    name: element.querySelector("a").textContent.toLowerCase(),
    description: element.querySelector(".description").textContent.toLowerCase(),
    fields: element.dataset.fields.split(" ").filter(Boolean),
    type: element.dataset.type,
    platforms: element.dataset.platforms.trim().split(" "),
  }));
  const more = document.getElementById("more");
  const fewPlugins = 50; // at first, so that a browser answers each key at once
  let limit = fewPlugins;
  let shown = [];

  // rank returns how well a word fits a plugin, 0 for best, and the config field that it was found in.
  function rank(plugin, word) {
    const short = plugin.name.slice(plugin.name.indexOf("/") + 1);
    if (short === word) return { rank: 0 };
    if (short.startsWith(word)) return { rank: 1 };
    if (plugin.name.includes(word)) return { rank: 2 };
    if (plugin.description.includes(word) || plugin.type.startsWith(word)) return { rank: 3 };
    const field = plugin.fields.find((name) => name.toLowerCase().includes(word));
    return field ? { rank: 4, field } : null;
  }

  function match(plugin, words, type, os) {
    if (type && plugin.type !== type || os && !plugin.platforms.includes(os)) return null;
    let total = 0;
    const fields = [];
    for (const word of words) {
      const found = rank(plugin, word);
      if (!found) return null;
      total += found.rank;
      if (found.field) fields.push(found.field);
    }
    return { plugin, total, fields };
  }

  function show() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const type = search.elements.type.value;
    const found = plugins.map((plugin) => match(plugin, words, type, platform.value)).filter(Boolean);
    found.sort((a, b) => a.total - b.total || a.plugin.position - b.plugin.position);
    const first = found.slice(0, limit);
    for (const { plugin, fields } of first) showFields(plugin.element, fields);
    shown = first.map(({ plugin }) => plugin);
    list.replaceChildren(...shown.map((plugin) => plugin.element));
    list.hidden = found.length === 0;
    empty.hidden = found.length > 0;
    more.hidden = found.length === shown.length;
    more.textContent = `Show all ${found.length} plugins`;
    count.textContent = found.length === plugins.length ? "" : `${found.length} of ${plugins.length}`;
  }

  // showFields says which config fields a search has found.
  function showFields(element, fields) {
    let note = element.querySelector(".found");
    if (fields.length === 0) {
      note?.remove();
      return;
    }
    if (!note) {
      note = document.createElement("p");
      note.className = "found";
      element.append(note);
    }
    note.textContent = "Config field: ";
    fields.forEach((field, i) => {
      const code = document.createElement("code");
      code.textContent = field;
      note.append(i ? ", " : "", code);
    });
  }

  // The state is in the fragment, which needs no server.
  function save() {
    const state = new URLSearchParams();
    if (query.value) state.set("q", query.value);
    if (search.elements.type.value) state.set("type", search.elements.type.value);
    if (platform.value) state.set("platform", platform.value);
    const found = state.toString();
    history.replaceState(null, "", found ? "#" + found : location.pathname + location.search);
  }

  function load() {
    const state = new URLSearchParams(location.hash.slice(1));
    query.value = state.get("q") ?? "";
    const type = document.getElementById("type-" + (state.get("type") ?? "all"));
    (type?.name === "type" ? type : document.getElementById("type-all")).checked = true;
    platform.value = state.get("platform") ?? "";
    if (platform.selectedIndex < 0) platform.value = "";
    show();
  }

  function update() {
    limit = fewPlugins;
    show();
    save();
  }

  // move moves the focus from one plugin to another, and from the first to the search.
  function move(step) {
    const at = shown.findIndex((plugin) => plugin.link === document.activeElement);
    if (at < 0 && document.activeElement !== query) return false;
    const next = at + step;
    if (next < 0) query.focus();
    else shown[Math.min(next, shown.length - 1)]?.link.focus();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.matches("input:not([type=radio]), textarea, select, [contenteditable]");
    switch (event.key) {
      case "/":
        if (typing) return;
        query.focus();
        query.select();
        break;
      case "ArrowDown":
        if (!move(1)) return;
        break;
      case "ArrowUp":
        if (!move(-1)) return;
        break;
      case "Enter":
        if (event.target !== query) return;
        shown[0]?.link.click();
        break;
      case "Escape":
        if (event.target !== query || !query.value) return;
        query.value = "";
        update();
        break;
      default:
        return;
    }
    event.preventDefault();
  });

  search.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", update);
  more.addEventListener("click", () => {
    const next = shown.length;
    limit = Infinity;
    show();
    shown[next].link.focus();
  });
  document.getElementById("clear").addEventListener("click", () => {
    search.reset();
    update();
    query.focus();
  });
  window.addEventListener("hashchange", () => { if (!document.getElementById(location.hash.slice(1))) load(); });
  search.hidden = false;
  load();
}
