// Makes form controls from a JSON Schema. What a control cannot show is edited as YAML.
//
// A control has an element, and these functions:
//   read(fail)   returns its value, or undefined if none is set; calls fail(control, text) for a text
//                that has no value
//   child(name)  returns the control of a field or an item, if there is one
//   show(text)   shows a problem, or none for ""
"use strict";

const controls = (() => {
  const { isObject } = configSchema;
  let ids = 0;
  const newID = () => `field-${++ids}`;

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }

  const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  const same = (a, b) => JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
  const sorted = (_, value) => (isObject(value) ? Object.fromEntries(Object.entries(value).sort()) : value);

  // make returns the control for a schema. field has the root of the schema, the value at first, the
  // label, whether it is required, and the references that led here.
  function make(schema, field) {
    const at = resolve(schema, field);
    if (!at) return yaml({}, field);
    const types = typesOf(at.schema);
    const choices = choicesOf(at.schema, types);
    if (choices) return select(choices, at.schema, at.field);
    const variants = variantsOf(at.schema, types);
    if (variants?.length === 1) return make(variants[0], at.field);
    if (variants) return variant(variants, at.schema, at.field);
    const control = types.length === 1 && fits(types[0], field.value) ? byType[types[0]] : undefined;
    return (control ?? yaml)(at.schema, at.field);
  }

  // resolve follows a reference within the schema. It returns nothing for a schema in itself.
  function resolve(schema, field) {
    if (!isObject(schema)) return { schema: {}, field };
    if (typeof schema.$ref !== "string") return { schema, field };
    const refs = field.refs ?? [];
    if (refs.includes(schema.$ref) || !/^#(\/|$)/.test(schema.$ref)) return undefined;
    const { $ref, ...own } = schema;
    const target = decodeURIComponent($ref).split("/").slice(1)
      .reduce((at, token) => at?.[token.replaceAll("~1", "/").replaceAll("~0", "~")], field.root);
    return isObject(target) ? resolve({ ...target, ...own }, { ...field, refs: [...refs, $ref] }) : undefined;
  }

  // typesOf returns the types that a schema allows, without null, which is the same as no value.
  function typesOf(schema) {
    if (schema.type !== undefined) {
      const types = [schema.type].flat().filter((type) => type !== "null");
      return types.includes("number") ? types.filter((type) => type !== "integer") : types;
    }
    if (schema.properties) return ["object"];
    return schema.items ? ["array"] : [];
  }

  function fits(type, value) {
    if (value === undefined) return true;
    if (type === "array") return Array.isArray(value);
    return type === "object" ? isObject(value) : ["string", "number"].includes(typeof value);
  }

  // choicesOf returns the values of a schema that allows only some.
  function choicesOf(schema, types) {
    if (schema.enum) return schema.enum.map((value) => ({ value, label: text(value) }));
    if (schema.const !== undefined) return [{ value: schema.const, label: text(schema.const) }];
    if (types.length === 1 && types[0] === "boolean") return [true, false].map((value) => ({ value, label: text(value) }));
    const forms = schema.oneOf ?? schema.anyOf;
    if (!forms?.every((form) => isObject(form) && form.const !== undefined)) return undefined;
    return forms.map((form) => ({ value: form.const, label: form.title ? `${text(form.const)} (${form.title})` : text(form.const) }));
  }

  function variantsOf(schema, types) {
    const { oneOf, anyOf, ...base } = schema;
    const forms = oneOf ?? anyOf;
    if (!forms || (oneOf && anyOf) || schema.properties || types.length > 1) return undefined;
    return forms.filter((form) => isObject(form) && form.type !== "null").map((form) => ({ ...base, ...form }));
  }

  // labelled wraps an input with its label, hint and error.
  function labelled(input, schema, field) {
    const id = (input.id = newID());
    const hint = element("p", { class: "field-hint", id: id + "-hint" }, schema.description ?? schema.title ?? "");
    const error = element("p", { class: "field-error", id: id + "-error", hidden: true });
    const label = element("label", { for: id }, ...labelOf(field));
    input.setAttribute("aria-describedby", `${hint.textContent ? hint.id + " " : ""}${error.id}`);
    if (field.required) input.setAttribute("aria-required", "true");
    const parts = hint.textContent ? [label, hint, input, error] : [label, input, error];
    const show = (problem) => {
      showError(error, problem);
      input.setAttribute("aria-invalid", String(problem !== ""));
    };
    return { element: element("div", { class: "field" }, ...parts), id, name: field.label, show, child: () => undefined };
  }

  function showError(error, problem) {
    error.textContent = problem;
    error.hidden = problem === "";
  }

  function labelOf(field) {
    const name = field.plain ? field.label : element("code", {}, field.label);
    return field.required ? [name, " ", element("span", { class: "required" }, "required")] : [name];
  }

  const placeholder = (schema) => text(schema.default ?? schema.examples?.[0]) ?? "";

  function select(choices, schema, field) {
    const none = schema.default === undefined ? "not set" : `not set (default ${text(schema.default)})`;
    const input = element("select", {}, element("option", { value: "" }, none),
      ...choices.map(({ label }, i) => element("option", { value: i }, label)));
    const at = choices.findIndex(({ value }) => same(value, field.value));
    if (at >= 0) input.value = at;
    return { ...labelled(input, schema, field), read: () => choices[input.value]?.value };
  }

  function string(schema, field) {
    const long = [field.value, schema.default].some((value) => typeof value === "string" && value.includes("\n"));
    const input = element(long ? "textarea" : "input", { placeholder: placeholder(schema), spellcheck: "false", autocomplete: "off" });
    input.value = field.value ?? "";
    const empty = field.item || field.value === "" ? "" : undefined;
    return { ...labelled(input, schema, field), read: () => (input.value === "" ? empty : input.value) };
  }

  function number(schema, field) {
    const input = element("input", { placeholder: placeholder(schema), inputmode: "decimal", autocomplete: "off" });
    input.value = field.value ?? "";
    const control = labelled(input, schema, field);
    const read = () => {
      const typed = input.value.trim();
      if (typed === "") return undefined;
      return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(typed) ? Number(typed) : typed; // a text is judged, too
    };
    return { ...control, read };
  }

  // yaml edits a value of any form. Its control has the property yaml.
  function yaml(schema, field) {
    const input = element("textarea", { rows: field.rows ?? 3, spellcheck: "false", autocomplete: "off", class: "yaml" });
    input.value = field.value === undefined ? "" : helmValues.write(field.value);
    const hint = [schema.description ?? schema.title, "In YAML."].filter(Boolean).join(" ");
    const control = { ...labelled(input, { description: hint }, field), yaml: true };
    control.read = (fail) => {
      try {
        return helmValues.read(input.value);
      } catch (error) {
        fail(control, error.message);
        return undefined;
      }
    };
    return control;
  }

  // group wraps several controls.
  function group(schema, field, ...children) {
    const id = newID();
    const error = element("p", { class: "field-error", id: id + "-error", hidden: true });
    const hint = schema.description ?? schema.title;
    const made = element("fieldset", { id, tabindex: "-1", class: "group", "aria-describedby": error.id },
      element("legend", {}, ...labelOf(field)), ...(hint ? [element("p", { class: "field-hint" }, hint)] : []), error, ...children);
    return { element: made, id, show: (problem) => showError(error, problem) };
  }

  // object has a control for each property, and for each further field that the value may have.
  function object(schema, field) {
    const value = field.value ?? {};
    const known = Object.entries(schema.properties ?? {});
    const fields = new Map(known.map(([name, inner]) => {
      const required = Array.isArray(schema.required) && schema.required.includes(name);
      const own = Object.hasOwn(value, name) ? value[name] : undefined;
      return [name, make(inner, { root: field.root, refs: field.refs, value: own, label: name, required })];
    }));
    const others = Object.fromEntries(Object.entries(value).filter(([name]) => !fields.has(name)));
    const more = isObject(schema.additionalProperties) ? entries(schema.additionalProperties, { ...field, value: others }) : undefined;
    const parts = [...[...fields.values()].map((control) => control.element), ...(more ? [more.element] : [])];
    const control = field.bare ? bare(parts) : group(schema, field, ...parts);
    control.child = (name) => fields.get(name) ?? more?.child(name);
    control.read = (fail) => {
      const own = [...fields].map(([name, inner]) => [name, inner.read(fail)]);
      const set = [...own.filter(([, value]) => value !== undefined), ...(more?.read(fail) ?? [])];
      return set.length > 0 || field.required || field.value !== undefined ? Object.fromEntries(set) : undefined;
    };
    return control;
  }

  function bare(parts) {
    const error = element("p", { class: "field-error", hidden: true });
    return { element: element("div", {}, error, ...parts), show: (problem) => showError(error, problem) };
  }

  // rows is a list of what noun names, to which people can add and from which they can remove.
  function rows(noun, label, make) {
    const all = [];
    const list = element("div", { class: "rows" });
    const adder = element("button", { type: "button", "aria-label": `Add ${noun} to ${label}` }, `Add ${noun}`);
    const add = (...given) => {
      const row = make(...given);
      const remover = element("button", { type: "button" }, "Remove");
      const made = element("div", { class: "row", role: "group" }, ...row.elements, remover);
      remover.addEventListener("click", () => {
        all.splice(all.indexOf(row), 1);
        made.remove();
        number();
        adder.focus();
        changed(adder);
      });
      all.push(row);
      list.append(made);
      number();
      return made;
    };
    const number = () => [...list.children].forEach((made, i) => {
      made.setAttribute("aria-label", `${label}, ${noun} ${i + 1}`);
      made.lastElementChild.setAttribute("aria-label", `Remove ${noun} ${i + 1} of ${label}`);
    });
    adder.addEventListener("click", () => {
      add().querySelector("input, select, textarea")?.focus();
      changed(adder);
    });
    return { all, add, elements: [list, adder] };
  }

  const changed = (from) => from.dispatchEvent(new Event("input", { bubbles: true }));

  function array(schema, field) {
    if (Array.isArray(schema.items) || schema.prefixItems) return yaml(schema, field);
    const item = (value) => {
      const control = make(schema.items ?? {}, { root: field.root, refs: field.refs, value, item: true, label: "Item", plain: true });
      return { control, elements: [control.element] };
    };
    const { all, add, elements } = rows("item", field.label, item);
    for (const value of field.value ?? []) add(value);
    const control = group(schema, field, ...elements);
    control.child = (i) => all[i]?.control;
    control.read = (fail) => {
      if (all.length === 0 && !field.required && field.value === undefined) return undefined;
      return all.map((row) => row.control.read(fail) ?? null);
    };
    return control;
  }

  // entries are the fields of a map, whose names are free.
  function entries(schema, field) {
    const entry = (name, value) => {
      const input = element("input", { spellcheck: "false", autocomplete: "off" });
      input.value = name ?? "";
      const key = { ...labelled(input, {}, { label: "Name", plain: true, required: true }), input };
      const control = make(schema, { root: field.root, refs: field.refs, value, item: true, label: "Value", plain: true });
      return { key, control, elements: [key.element, control.element] };
    };
    const { all, add, elements } = rows("field", field.label, entry);
    for (const [name, value] of Object.entries(field.value)) add(name, value);
    const child = (name) => all.find((row) => row.key.input.value === name)?.control;
    const read = (fail) => {
      const names = all.map((row) => row.key.input.value);
      all.forEach((row, i) => {
        if (names[i] === "") fail(row.key, "a name is required");
        else if (names.indexOf(names[i]) < i) fail(row.key, "the name is taken");
      });
      return all.map((row, i) => [names[i], row.control.read(fail) ?? null]);
    };
    return { element: element("div", {}, ...elements), child, read };
  }

  // variant lets people choose one of several forms. At first it is the first that can show the value.
  function variant(variants, schema, field) {
    const ignore = () => {};
    const makeAt = (i, value) => make(variants[i], { ...field, value, label: field.label });
    let at = variants.findIndex((_, i) => same(makeAt(i, field.value).read(ignore), field.value));
    if (at < 0) return yaml(schema, field);
    let control = makeAt(at, field.value);
    const input = element("select", {}, ...variants.map((form, i) => element("option", { value: i }, form.title || typesOf(form).join(", ") || `form ${i + 1}`)));
    input.value = at;
    const choice = labelled(input, {}, { label: "Form of " + field.label, plain: true });
    const made = element("div", {}, choice.element, control.element);
    input.addEventListener("input", () => {
      const before = control.element;
      control = makeAt(Number(input.value), undefined);
      before.replaceWith(control.element);
    });
    return {
      element: made, get id() { return control.id; },
      read: (fail) => control.read(fail), child: (name) => control.child(name), show: (problem) => control.show(problem),
    };
  }

  const byType = { array, boolean: undefined, integer: number, number, object, string };

  return { element, labelled, make, same, yaml };
})();
