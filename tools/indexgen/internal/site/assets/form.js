// The config form of a plugin's page, with the values for Botkube beside it.
"use strict";

(() => {
  const { element, labelled, make, same, yaml } = controls;
  const container = document.getElementById("config-form");
  const plugin = JSON.parse(document.getElementById("plugin").textContent);
  const schema = plugin.schema ?? {};

  // judge returns the problems of a config. Without a schema, Botkube passes any map to a plugin.
  function judge(config) {
    if (!configSchema.isObject(config)) return [{ path: [], text: "must be a map" }];
    const problems = helmValues.limits(config);
    if (problems.length > 0) return problems;
    try {
      return judgeBySchema(config);
    } catch (error) {
      return [{ path: [], text: `cannot be checked on this page: ${error.message.split("\n")[0]}` }];
    }
  }

  let compiled;
  function judgeBySchema(config) {
    compiled ??= configSchema.compile(schema);
    return compiled(config);
  }

  // The config is edited in a form, or as YAML.
  const editor = element("div", { class: "editor" });
  const root = { root: schema, required: true, bare: true, label: "Config", plain: true };
  let config; // the control
  let mode;

  function asForm(value) {
    const control = make(schema, { ...root, value });
    return control.yaml || !same(control.read(() => {}), value) ? undefined : control;
  }

  function asYAML(value) {
    const control = yaml({}, { ...root, rows: 16, value: Object.keys(value).length > 0 ? value : undefined });
    const read = control.read;
    return { ...control, read: (fail) => read((_, text) => fail(control, text)) ?? {} };
  }

  function edit(control, as) {
    config = control;
    mode = as;
    editor.replaceChildren(control.element);
    for (const input of modes.elements) input.checked = input.value === as;
  }

  const refusal = element("p", { class: "field-error", role: "alert" });
  const modes = element("fieldset", { class: "segments" }, element("legend", { class: "visually-hidden" }, "Edit the config as"), ...[["form", "Form"], ["yaml", "YAML"]].flatMap(([value, label]) => [
      element("input", { type: "radio", name: "editor", id: `editor-${value}`, value }),
      element("label", { for: `editor-${value}` }, label),
    ]));
  modes.addEventListener("change", (event) => {
    let failed = false;
    const value = config.read(() => { failed = true; });
    const control = event.target.value === "yaml" ? asYAML(value) : failed || !configSchema.isObject(value) ? undefined : asForm(value);
    refusal.textContent = control ? "" : "The form cannot show this config.";
    edit(control ?? config, control ? event.target.value : mode);
    update();
  });

  // The settings beside the config.
  function setting(label, input, description, show) {
    const control = labelled(input, { description }, { label, plain: true, required: show });
    return { ...control, input };
  }

  function textInput(value) {
    const input = element("input", { autocomplete: "off", spellcheck: "false" });
    input.value = value;
    return input;
  }

  const { platforms } = helmValues;
  const platform = setting("Platform", element("select", {},
    ...Object.entries(platforms).map(([value, { title }]) => element("option", { value }, title))), "");
  const channel = setting("Channel", textInput(platforms.socketSlack.example), "Where the plugin is used. Discord identifies a channel by its number.", true);
  const rbac = element("input", { type: "checkbox", id: "rbac" });
  rbac.checked = plugin.rbac;
  const group = setting("RBAC group", textInput("botkube-plugins-default"),
    "The plugin has the permissions of this group in the cluster. Botkube's chart creates botkube-plugins-default, which may read everything.", true);
  platform.input.addEventListener("input", () => { channel.input.value = platforms[platform.input.value].example; });

  const form = element("div", { class: "form" },
    element("h3", {}, "Fill in the config"), modes, refusal, editor,
    element("fieldset", { class: "group" }, element("legend", {}, "Channel"), platform.element, channel.element),
    element("fieldset", { class: "group" }, element("legend", {}, "Access to the cluster"),
      element("div", { class: "check" }, rbac, element("label", { for: "rbac" }, "Give the plugin access to the cluster")), group.element));

  // settingProblems returns the problems of the settings, by control.
  function settingProblems() {
    const found = [];
    if (!platforms[platform.input.value].pattern.test(channel.input.value)) {
      found.push({ control: channel, name: "channel", text: `must be a channel of ${platforms[platform.input.value].title}, such as ${platforms[platform.input.value].example}` });
    }
    if (rbac.checked && group.input.value.trim() === "") found.push({ control: group, name: "RBAC group", text: "a name is required" });
    return found;
  }

  // The values that come out.
  const code = element("code", {});
  const output = element("pre", { id: "values", tabindex: "0", "aria-label": "Values" }, code);
  const copy = element("button", { type: "button", class: "copy", "data-copy": "#values", "aria-describedby": "values-status" }, "Copy");
  const status = element("p", { id: "values-status", role: "status" });
  const list = element("ul", { class: "problems" });
  const values = element("section", { class: "values", "aria-labelledby": "values-title" },
    element("div", { class: "values-header" }, element("h3", { id: "values-title" }, "Values for Botkube"), copy), status, list, output);

  // controlAt returns the control at a path, or the closest one around it.
  function controlAt(path) {
    let control = config;
    for (const name of path) control = control.child(name) ?? control;
    return control;
  }

  const touched = new Set(); // elements that people have been in
  let shown = []; // controls that show a problem

  function update() {
    const failures = [];
    const value = config.read((control, text) => failures.push({ control, name: control.name, text }));
    const judged = failures.length > 0 ? [] : judge(value).map(({ path, ...rest }) => ({ ...rest, control: controlAt(path), name: path.join(".") || "config" }));
    const problems = [...failures, ...judged, ...settingProblems()];
    group.element.hidden = !rbac.checked;
    showProblems(problems);
    if (problems.length > 0) {
      code.textContent = "";
      return;
    }
    code.textContent = "# Merge this into the values of Botkube's Helm chart.\n" +
      `# If they have the channel already, add the ${plugin.type}\n# to its bindings: a list replaces another.\n` +
      helmValues.write(helmValues.of(plugin, value, {
        group: rbac.checked ? group.input.value.trim() : "", platform: platform.input.value, channel: channel.input.value,
      }));
  }

  // showProblems shows a problem at its control, but not that a value is missing where nobody has been.
  function showProblems(problems) {
    for (const control of shown) control.show("");
    shown = problems.map(({ control }) => control);
    const texts = new Map();
    for (const { control, text, missing } of problems) {
      if (!missing || touched.has(control.element)) texts.set(control, [...(texts.get(control) ?? []), text]);
    }
    for (const [control, all] of texts) control.show(all.join("; "));
    const count = problems.length;
    copy.disabled = count > 0;
    status.textContent = count === 0 ? "The config is valid." : `No values yet: ${count} problem${count === 1 ? "" : "s"}.`;
    list.replaceChildren(...problems.map(({ control, name, text }) =>
      element("li", {}, control.id ? element("a", { href: "#" + control.id }, name) : name, ": " + text)));
    output.hidden = count > 0;
  }

  form.addEventListener("input", update);
  form.addEventListener("change", (event) => { if (event.target.tagName === "SELECT" || event.target.type === "checkbox") update(); });
  form.addEventListener("focusout", (event) => {
    for (let at = event.target; at && at !== form; at = at.parentElement) touched.add(at);
    update();
  });
  list.addEventListener("click", (event) => {
    const target = event.target.closest("a") && document.getElementById(event.target.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    target.focus();
  });

  const first = asForm(plugin.defaults ?? {});
  edit(first ?? asYAML(plugin.defaults ?? {}), first ? "form" : "yaml");
  container.replaceChildren(form, values);
  update();
})();
