// Judges configs by the JSON Schema of a plugin. The verdict is that of internal/jsonschema.
"use strict";

const configSchema = (() => {
  // The library applies the keywords of all drafts and every format that it has. These are the drafts
  // that introduced a keyword, and the first draft without it.
  const since = {
    $anchor: 2019, $id: 6, $recursiveAnchor: 2019, $recursiveRef: 2019, const: 6, contains: 6,
    dependentRequired: 2019, dependentSchemas: 2019, else: 7, if: 7, maxContains: 2019, minContains: 2019,
    prefixItems: 2020, propertyNames: 6, then: 7, unevaluatedItems: 2019, unevaluatedProperties: 2019,
  };
  const until = { additionalItems: 2020, format: 2019, id: 6 };

  // Go's judge is stricter than the library for some formats, and does not know others.
  const { format } = JSONSchema;
  const both = (one, other) => (text) => one(text) && other(text);
  const schemeOrPath = (text) => /^[a-z][a-z\d+.-]*:|^[^:]*([/?#]|$)/i.test(text);
  format["date-time"] = both(format["date-time"], (text) => !/\s/.test(text));
  format.ipv4 = both(format.ipv4, (text) => !/\b0\d/.test(text));
  format.semver = (text) => /^((^|\.)(0|[1-9]\d*)){3}(-((^|\.|(?<=-))(0|[1-9]\d*|\d*[a-z-][\da-z-]*))+)?(\+[\da-z-]+(\.[\da-z-]+)*)?$/i.test(text);
  for (const name of ["uri", "uri-reference", "uri-template"]) {
    format[name] = both(format[name], (text) => schemeOrPath(text) && URL.canParse(text, "https://base.invalid"));
  }
  format.iri = format.uri;
  format["iri-reference"] = format["uri-reference"];
  delete format.url;
  delete format["json-pointer-uri-fragment"];

  const values = ["const", "default", "enum", "examples", "required"];
  const schemas = [
    "additionalItems", "additionalProperties", "allOf", "anyOf", "contains", "else", "if", "items", "not", "oneOf",
    "prefixItems", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
  ];
  const namedSchemas = ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"];

  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  // draftOf returns the draft that a schema declares. Without a declaration it is draft-07.
  function draftOf(schema) {
    const declared = /draft[-/](\d+)/.exec(isObject(schema) ? schema.$schema : "");
    return declared ? Number(declared[1]) : 7;
  }

  // known returns a copy of a schema with what its draft knows.
  function known(schema, draft) {
    if (schema === false) return { not: {} };
    if (Array.isArray(schema)) return schema.map((item) => known(item, draft));
    if (!isObject(schema)) return schema;
    const copy = {};
    for (const [keyword, value] of Object.entries(schema)) {
      if (since[keyword] > draft || until[keyword] <= draft) continue;
      if (keyword === "$dynamicRef" && draft >= 2020) throw new Error("the schema has a $dynamicRef");
      if (keyword === "format" && value === "period") throw new Error("the schema has the format period");
      if (schemas.includes(keyword)) copy[keyword] = known(value, draft);
      else if (namedSchemas.includes(keyword)) copy[keyword] = mapValues(value, (inner) => known(inner, draft));
      else if (values.includes(keyword) || !isObject(value)) copy[keyword] = value;
      else copy[keyword] = known(value, draft); // a reference may lead there
    }
    return copy;
  }

  // mapValues also keeps a property that is called __proto__.
  const mapValues = (object, change) =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));

  // compile returns a function that returns all problems of a value as {path, text, missing}, at most
  // one for each path. Both throw an error if the schema cannot be applied.
  function compile(schema) {
    const draft = draftOf(schema);
    const root = known(schema, draft);
    const lookup = JSONSchema.dereference(root);
    const name = { 4: "4", 6: "7", 7: "7", 2019: "2019-09", 2020: "2020-12" }[draft];
    return (value) => {
      const { errors } = JSONSchema.validate(value, root, name, lookup, false);
      return problems(leaves(errors), (location) => argument(root, lookup, location));
    };
  }

  // argument returns the value of the keyword at a location, which may lead through references.
  function argument(root, lookup, location) {
    return tokens(location).reduce(
      (at, token) => (token === "$ref" ? lookup[at.__absolute_ref__ ?? at.$ref] : at?.[token]), root);
  }

  function tokens(location) {
    return location.split("/").slice(1)
      .map((token) => decodeURIComponent(token).replaceAll("~1", "/").replaceAll("~0", "~"));
  }

  // leaves returns the innermost errors. If several forms are allowed, it returns only those of the
  // forms that the value resembles most: those deepest in the value.
  function leaves(errors) {
    const out = [];
    for (let i = 0; i < errors.length; ) {
      const error = errors[i++];
      const from = i;
      while (i < errors.length && errors[i].keywordLocation.startsWith(error.keywordLocation + "/")) i++;
      let inner = leaves(errors.slice(from, i));
      if (error.keyword === "anyOf" || error.keyword === "oneOf") {
        const deepest = Math.max(...inner.map((e) => tokens(e.instanceLocation).length));
        inner = inner.filter((e) => tokens(e.instanceLocation).length === deepest);
      }
      if (error.keyword === "propertyNames") inner = [{ ...error, instanceLocation: inner[0].instanceLocation }];
      if (["contains", "not"].includes(error.keyword)) inner = [];
      if (inner.length > 0) out.push(...inner);
      else if (!containers.includes(error.keyword)) out.push(error);
    }
    return out;
  }
  const containers = ["$ref", "$recursiveRef", "dependentSchemas", "if", "properties", ...schemas]
    .filter((keyword) => !["anyOf", "contains", "not", "oneOf", "propertyNames"].includes(keyword));

  function problems(errors, argumentOf) {
    const byPath = new Map();
    for (const error of errors) {
      const path = tokens(error.instanceLocation);
      const missing = /^Instance (does not have required property|has .* but does not have) "([^]*)"\.$/.exec(error.error);
      if (missing) path.push(missing[2]);
      const text = missing ? "a value is required" : message(error, argumentOf(error.keywordLocation));
      const key = JSON.stringify(path);
      const texts = byPath.get(key)?.texts ?? new Set();
      byPath.set(key, { path, missing: Boolean(missing), texts: texts.add(text) });
    }
    return [...byPath.values()].map(({ texts, ...problem }) => ({ ...problem, text: [...texts].join("; or ") }));
  }

  const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
  const list = (items) => items.map((item) => JSON.stringify(item)).join(", ");

  const messages = {
    const: (value) => `must be ${JSON.stringify(value)}`,
    contains: () => "must contain an item that the schema describes",
    enum: (all) => `must be one of ${list(all)}`,
    exclusiveMaximum: (limit) => `must be less than ${limit}`,
    exclusiveMinimum: (limit) => `must be more than ${limit}`,
    format: (name) => `must have the format ${name}`,
    maxItems: (n) => `must have at most ${count(n, "item")}`,
    maxLength: (n) => `must have at most ${count(n, "character")}`,
    maxProperties: (n) => `must have at most ${count(n, "field")}`,
    maximum: (limit) => `must be at most ${limit}`,
    minItems: (n) => `must have at least ${count(n, "item")}`,
    minLength: (n) => `must have at least ${count(n, "character")}`,
    minProperties: (n) => `must have at least ${count(n, "field")}`,
    minimum: (limit) => `must be at least ${limit}`,
    multipleOf: (n) => `must be a multiple of ${n}`,
    not: (schema) => (Object.keys(schema ?? {}).length === 0 ? "is not a field of this config" : "must not be this value"),
    oneOf: () => "must match exactly one of the forms that the schema allows",
    pattern: (pattern) => `must match ${pattern}`,
    propertyNames: () => "has a name that the schema does not allow",
    type: (types) => `must be ${[types].flat().map((type) => typeNames[type]).join(" or ")}`,
    uniqueItems: () => "must have items that differ",
  };
  const typeNames = {
    array: "a list", boolean: "true or false", integer: "an integer", null: "null", number: "a number",
    object: "a map", string: "a text",
  };

  function message(error, argument) {
    const write = messages[error.keyword];
    return write && (argument !== undefined || write.length === 0) ? write(argument) : error.error;
  }

  return { compile, draftOf, isObject };
})();
