// Reads and writes YAML so that Helm, which knows YAML 1.1, and Botkube, which uses Go's yaml.v3, get
// the same values.
"use strict";

const helmValues = (() => {
  // A text that any of them, or a browser, might take for something else is quoted: a number in any
  // base, a time, a boolean, null, a merge.
  const ambiguous = new jsyaml.Type("tag:ambiguous", {
    kind: "scalar",
    resolve: (text) => /^([-+]?\.?\d[\da-fotxz_.,: +-]*|[-+]?\.(inf|nan)|y|n|yes|no|on|off|true|false|null|~|=|<<)$/i.test(text),
  });
  const quoting = jsyaml.DEFAULT_SCHEMA.extend({ implicit: [ambiguous] });

  // write returns a value as YAML.
  const write = (value) => jsyaml.dump(value, { schema: quoting, lineWidth: -1, noRefs: true });

  // read returns the value of a YAML document, or undefined if it has none. It throws an error whose
  // message is for people.
  function read(text) {
    try {
      return jsyaml.load(text, { schema: jsyaml.CORE_SCHEMA });
    } catch (error) {
      const line = error.mark ? `line ${error.mark.line + 1}: ` : "";
      throw new Error(`is not YAML: ${line}${error.reason ?? error.message}`);
    }
  }

  const maxDepth = 50;
  const maxValues = 10_000;

  // limits returns the problems of a value that no schema knows: what JSON does not have, what a browser
  // or Botkube would change, and what is too large to be judged, such as a list that contains itself.
  // Botkube writes a config with yaml.v3 again, whose encoder loses white space before several lines and
  // does not quote the name <<. Helm's YAML refuses some characters, and Helm removes fields that are null.
  function limits(value) {
    const problems = [];
    let count = 0;
    function visit(value, path) {
      const problem = (text) => problems.push({ path, text });
      if (++count > maxValues || path.length > maxDepth) return problem("has too many values");
      if (typeof value === "number" && !Number.isFinite(value)) problem("must be a finite number");
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) problem(`must be between ±${Number.MAX_SAFE_INTEGER}`);
      if (typeof value === "string") visitText(value, problem);
      if (typeof value !== "object" || value === null) return;
      for (const [name, inner] of Object.entries(value)) {
        if (problems.length > 0) return;
        visitText(name, problem);
        if (name === "<<") problem("must not have a field <<, which Botkube cannot pass on");
        if (inner === null && !Array.isArray(value)) problems.push({ path: [...path, name], text: "a value is required, since Helm removes a field that is null" });
        visit(inner, [...path, name]);
      }
    }
    function visitText(text, problem) {
      if (/\p{Surrogate}|[\x7f-\x9f\ufffe\uffff]/u.test(text)) problem("must not have control characters, which Helm cannot pass on");
      if (/^\s/.test(text) && text.includes("\n")) problem("must not begin with white space if it has several lines, which Botkube would lose");
    }
    visit(value, []);
    return problems;
  }

  // The platforms of Botkube's configuration whose channels have bindings, and what identifies a
  // channel: Botkube's pkg/config/validator.go.
  const platforms = {
    socketSlack: { title: "Slack", key: "name", label: "Channel", pattern: /^#?[a-z0-9_-]{1,79}$/, example: "general" },
    mattermost: { title: "Mattermost", key: "name", label: "Channel", pattern: /^\S(.{0,62}\S)?$/, example: "Town Square" },
    discord: { title: "Discord", key: "id", label: "Channel ID", pattern: /^\d{1,30}$/, example: "976789916447019068" },
  };

  // of returns the values that enable a plugin with a config and bind it to a channel. group is the
  // RBAC group that the plugin acts for, or "".
  function of({ repository, indexURL, name, type }, config, { group, platform, channel }) {
    const kind = type + "s";
    const plugin = { enabled: true };
    if (Object.keys(config).length > 0) plugin.config = config;
    if (group) plugin.context = { rbac: { group: { type: "Static", prefix: "", static: { values: [group] } } } };
    const binding = { [platforms[platform].key]: channel, bindings: { [kind]: [name] } };
    return {
      plugins: { repositories: { [repository]: { url: indexURL } } },
      [kind]: { [name]: { displayName: name, [`${repository}/${name}`]: plugin } },
      communications: { "default-group": { [platform]: { channels: { [channel.replace(/^#/, "")]: binding } } } },
    };
  }

  return { limits, of, platforms, read, write };
})();
