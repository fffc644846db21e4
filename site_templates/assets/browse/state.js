/**
 * What a reader asked for, and its place in the URL, short enough to read and to share:
 * `?q=attention&domain=multimodal&-mechanism=pruning&all=criterion&ids=fastv,tome&sort=-venue&view=table`.
 *
 * `q` is in the query language, a field's name ticks a term (or is a part of `q`, where no box stands for it: so
 * are years from one to another), the same with "-" before it excludes one; several terms stand in one parameter,
 * with commas between them, or in several; other names of fields and values are read as in that language,
 * `all` names fields of which a paper must have every ticked term, where otherwise one is enough,
 * `ids` are the papers of a link to a selection, and `sort` with "-" is the other way round.
 *
 * @typedef {object} State
 * @property {string} text
 * @property {Terms} filters the terms ticked
 * @property {Terms} excluded the terms that no paper may have
 * @property {string[]} all fields of whose ticked terms a paper must have every one; each has two or more
 * @property {string[] | null} ids
 * @property {string} sort
 * @property {string} view one of VIEWS
 *
 * @typedef {Record<string, string[]>} Terms field -> keys
 * @typedef {Record<string, string | null>} Only
 * @typedef {Map<string, Map<string, string>>} Fields field -> key -> label, of all that can be ticked
 * @typedef {{written: string, no: "term" | "parameter" | "value"}} Strange what of an address there is not, and as what
 * @typedef {{name: string, value: string, written: string}} Asked one term or value of an address, by the name that its
 *   box has, and as it is written
 */

import { yearsIn } from "./dates.js";
import { FIELDS, fieldOf, termIn } from "./fields.js";
import { joins } from "./parser.js";
import { BEST, NEWEST, sortsOf } from "./sorts.js";

/** The view of few papers side by side. */
export const COMPARE = "compare";
export const VIEWS = ["list", "table", "matrix", COMPARE];
/** Parameters that are no field's name. */
const OWN = ["q", "all", "ids", "sort", "view"];
/** What other sites append to a link, to know who followed it. */
const TRACKING = /^(?:(?:utm|gad|mc|pk|mtm|hsa|at)_.*|_.*|\w*clk?id|ref|ref_src|ref_url|source|src|si|spm|igsh|igshid|mkt_tok|trk|gbraid|wbraid)$/i;

/**
 * @param {string} search the URL's query string
 * @param {Fields} fields
 * @param {Set<string>} several fields of which a paper may have more than one term
 * @returns {State} without what no field, term, order or view is called; case does not matter
 */
export function parse(search, fields, several) {
  const parameters = new URLSearchParams(asked(search, fields).map(({ name, value }) => [name, value]));
  const filters = termsIn(parameters, "", fields);
  const excluded = termsIn(parameters, "-", fields);
  for (const [field, keys] of Object.entries(excluded)) {
    const rest = keys.filter((key) => !filters[field]?.includes(key));
    if (rest.length) excluded[field] = rest;
    else delete excluded[field];
  }
  const wanted = parameters.getAll("all").join(",").split(",").map((name) => boxesOf(name, fields));
  const ids = idsIn(parameters.getAll("ids").join(","));
  const sort = parameters.get("sort") ?? "";
  const sorted = sort !== `-${BEST}` && sortsOf(fields.keys()).includes(sort.replace("-", ""));
  const view = parameters.get("view") ?? "";
  return {
    text: textIn(parameters, fields),
    filters,
    excluded,
    all: [...several].filter((field) => wanted.includes(field) && (filters[field] ?? []).length > 1),
    ids: ids.length ? ids : null,
    sort: sorted ? sort : BEST,
    view: VIEWS.includes(view) ? view : VIEWS[0],
  };
}

/**
 * @param {string} search the URL's query string
 * @param {Fields} fields
 * @returns {Strange[]} what it asks for that is not there, each once; what other sites append is none of it
 */
export function strange(search, fields) {
  const found = new Map(
    asked(search, fields).flatMap(({ name, value, written }) => {
      const no = lacking(name, value, fields);
      return no ? [[written, no]] : [];
    }),
  );
  return [...found].map(([written, no]) => ({ written, no }));
}

/** @param {string} name @param {string} value @param {Fields} fields @returns {Strange["no"] | null} */
function lacking(name, value, fields) {
  const field = name.replace(/^-/, "");
  const known = fields.get(field);
  if (known) return termOf(known, value) || isSpan(field, value) ? null : "term";
  if (OWN.includes(name) && !value) return null;
  if (name === "all") return value.split(",").every((one) => fields.has(boxesOf(one, fields))) ? null : "value";
  if (name === "sort") return sortsOf(fields.keys()).includes(value.replace("-", "")) ? null : "value";
  if (name === "view") return VIEWS.includes(value) ? null : "value";
  return OWN.includes(name) || FIELDS.includes(field) || TRACKING.test(name) ? null : "parameter";
}

/** @param {string} search the URL's query string @param {Fields} fields @returns {Asked[]} what it asks for, each term by itself */
function asked(search, fields) {
  return [...new URLSearchParams(search)].flatMap(([written, value]) => {
    const sign = written.startsWith("-") ? "-" : "";
    const name = boxesOf(written.slice(sign.length), fields);
    const known = fields.get(name);
    // A term's own name may hold a comma.
    const parts = known && !termOf(known, value) ? value.split(/,\s*/).filter(Boolean) : [];
    const values = parts.length ? parts : [value];
    return values.map((one) => ({ name: sign + name, value: valueIn(name, one), written: `${written}=${one}` }));
  });
}

/** @param {string} name @param {string} value @returns {string} the value as orders, views and terms are called */
function valueIn(name, value) {
  return name === "sort" || name === "view" ? value.toLowerCase() : termIn(name, value);
}

/** @param {Map<string, string>} known @param {string} value @returns {string | undefined} the key of the term, in whatever case it is written */
function termOf(known, value) {
  return [...known.keys()].find((key) => key.toLowerCase() === value.toLowerCase());
}

/** @param {string} field @param {string} value @returns {boolean} whether it is years from one to another, which no box stands for */
function isSpan(field, value) {
  return field === "year" && yearsIn(value) !== null;
}

/**
 * @param {string} name
 * @param {Fields} fields
 * @returns {string} the field that it means, as its boxes are called, or the parameter; the name as it is where it means none
 */
function boxesOf(name, fields) {
  const own = name.toLowerCase();
  if (OWN.includes(own)) return own; // "ids" are a link's papers, and no field
  const field = fieldOf(name);
  const boxes = [...fields.keys()].find((one) => fieldOf(one) === field);
  return boxes ?? (FIELDS.includes(field) ? field : name);
}

/** @param {URLSearchParams} parameters @param {Fields} fields @returns {string} */
function textIn(parameters, fields) {
  const clauses = FIELDS.flatMap((field) =>
    [field, `-${field}`].flatMap((name) => {
      const values = parameters.getAll(name);
      if (!fields.has(field)) return values.map((value) => `${name}:${/\s/.test(value) ? `"${value}"` : value}`);
      if (!values.some((value) => isSpan(field, value))) return [];
      return [`${name}:${values.filter((value) => !lacking(name, value, fields)).join(",")}`];
    }),
  );
  const text = parameters.get("q") ?? "";
  // What is asked for beside an OR is asked for on either side of it.
  return [clauses.length && joins(text) ? `(${text})` : text, ...clauses].filter(Boolean).join(" ");
}

/** @param {URLSearchParams} parameters @param {string} sign @param {Fields} fields @returns {Terms} */
function termsIn(parameters, sign, fields) {
  /** @type {Terms} */
  const terms = {};
  for (const [field, known] of fields) {
    const values = parameters.getAll(sign + field);
    // Beside years from one to another, single years are a part of the text, too.
    if (values.some((value) => isSpan(field, value))) continue;
    const wanted = new Set(values.map((value) => value.toLowerCase()));
    const keys = [...known.keys()].filter((key) => wanted.has(key.toLowerCase()));
    if (keys.length) terms[field] = keys;
  }
  return terms;
}

/** @param {string} text */
function idsIn(text) {
  return [...new Set(text.toLowerCase().match(/[a-z0-9-]+/g) ?? [])];
}

/**
 * @param {State} state
 * @param {Fields} fields
 * @returns {string} the query string, with "?" unless it is empty; one state has one
 */
export function format(state, fields) {
  const parameters = new URLSearchParams();
  if (state.text.trim()) parameters.set("q", state.text.trim());
  for (const [sign, terms] of /** @type {[string, Terms][]} */ ([["", state.filters], ["-", state.excluded]])) {
    for (const [field, known] of fields) {
      for (const key of known.keys()) if (terms[field]?.includes(key)) parameters.append(sign + field, key);
    }
  }
  if (state.all.length) parameters.set("all", [...fields.keys()].filter((field) => state.all.includes(field)).join(","));
  if (state.ids) parameters.set("ids", state.ids.join(","));
  if (state.sort !== BEST) parameters.set("sort", state.sort);
  if (state.view !== VIEWS[0]) parameters.set("view", state.view);
  // These mean nothing in a query string, and are easier to read as they are.
  const search = parameters.toString().replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%2F", "/");
  return search && `?${search}`;
}

/** @param {State} state @returns {string} the order that its list is in: with nothing typed, nothing matches best */
export function orderOf({ sort, text }) {
  return sort === BEST && !text.trim() ? NEWEST : sort;
}

/**
 * @param {State} state
 * @param {string} sort
 * @returns {State} in that order
 */
export function orderBy(state, sort) {
  return { ...state, sort: sort === orderOf({ ...state, sort: BEST }) ? BEST : sort };
}

/**
 * @param {State} state
 * @param {string} field
 * @param {string} key
 * @param {"filters" | "excluded"} where
 * @returns {State} with that term there if it was not, and otherwise without it; a term is never in both
 */
export function toggle(state, field, key, where = "filters") {
  const other = where === "filters" ? "excluded" : "filters";
  const keys = state[where][field] ?? [];
  const changed = keys.includes(key) ? without(keys, key) : [...keys, key];
  return settled({
    ...state,
    [where]: put(state[where], field, changed),
    [other]: put(state[other], field, without(state[other][field] ?? [], key)),
  });
}

/** @param {State} state @param {string} field @param {boolean} all @returns {State} that wants any or all of its ticked terms */
export function want(state, field, all) {
  return settled({ ...state, all: [...without(state.all, field), ...(all ? [field] : [])] });
}

/** @param {State} state @returns {State} with nothing asked for; order and view stay */
export function cleared(state) {
  return { ...state, text: "", filters: {}, excluded: {}, all: [], ids: null };
}

/** @param {State} state @returns {State} of a single term there is no all */
function settled(state) {
  const all = state.all.filter((field) => (state.filters[field] ?? []).length > 1);
  return all.length === state.all.length ? state : { ...state, all };
}

/**
 * @param {State} state
 * @param {Only} only field -> the one term to be ticked there; null for none
 * @returns {boolean} whether it is so
 */
export function isOnly({ filters }, only) {
  return Object.entries(only).every(([field, key]) => filters[field]?.join("\0") === (key ?? undefined));
}

/**
 * @param {State} state
 * @param {Only} only
 * @returns {State} with these terms ticked and no other in these fields; with none, if it was so already
 */
export function choose(state, only) {
  const already = isOnly(state, only);
  let { filters, excluded } = state;
  for (const [field, key] of Object.entries(only)) {
    filters = put(filters, field, already || key === null ? [] : [key]);
    if (key !== null) excluded = put(excluded, field, without(excluded[field] ?? [], key));
  }
  return settled({ ...state, filters, excluded });
}

/** @param {Terms} terms @param {string} field @param {string[]} keys @returns {Terms} */
function put(terms, field, keys) {
  const changed = { ...terms, [field]: keys };
  if (!keys.length) delete changed[field];
  return changed;
}

/** @param {string[]} keys @param {string} key */
function without(keys, key) {
  return keys.filter((one) => one !== key);
}

/**
 * @param {State} state
 * @returns {{field: string, key: string, where: "filters" | "excluded"}[]} every term ticked or excluded
 */
export function chosen(state) {
  return /** @type {const} */ (["filters", "excluded"]).flatMap((where) =>
    Object.entries(state[where]).flatMap(([field, keys]) => keys.map((key) => ({ field, key, where }))),
  );
}
