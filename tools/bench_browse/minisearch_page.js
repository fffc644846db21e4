/**
 * The browse page with MiniSearch in place of its own engine, as a team would use it: the same data, the
 * same rows, the same facets and counts, only searched and counted on the page. For the benchmark alone.
 */

import MiniSearch from "./minisearch.js";
import { Facets } from "../assets/catalogue/browse/facets.js";
import { List } from "../assets/catalogue/browse/list.js";
import { withoutMarks } from "../assets/catalogue/browse/words.js";

const NOT_SHOWN = new Set(["unknown", "none"]);
const element = (id) => document.getElementById(id);

class MiniSearchPage {
  constructor(index, details) {
    this.index = index;
    this.details = details;
    this.pageSize = Number(element("browse").dataset.pageSize);
    this.facets = new Facets(element("browse-facets"), () => undefined);
    this.list = new List(element("browse-list"), element("browse-result"), this.facets.labels);
    this.search = new MiniSearch({
      fields: ["title", "name", "authors"],
      processTerm: (term) => withoutMarks(term) || null,
      searchOptions: { prefix: true, combineWith: "AND" },
    });
    this.search.addAll(
      index.id.map((_, row) => ({
        id: row,
        title: index.title[row],
        name: index.name[row] ?? "",
        authors: (details.authors[row] ?? []).join(" "),
      })),
    );
    element("browse-text").addEventListener("input", ({ target }) => this.show(target.value));
  }

  show(text) {
    const rows = text.trim() ? this.search.search(text).map(({ id }) => id) : [...this.index.id.keys()];
    rows.sort((a, b) => a - b);
    const counts = {};
    for (const { field, terms, codes } of this.index.facets) {
      const count = (counts[field] = terms.map(() => 0));
      for (const row of rows) for (const code of [codes[row]].flat()) count[code]++;
    }
    this.facets.count(counts);
    const results = rows.slice(0, this.pageSize).map((row) => this.result(row));
    this.list.rows.replaceChildren(...results.map((result) => this.list.row(result)));
    const all = this.index.id.length;
    element("browse-count").textContent = rows.length === all ? `${all} papers` : `${rows.length} of ${all} papers`;
  }

  result(row) {
    const shown = ({ field, terms, codes }) =>
      [codes[row]]
        .flat()
        .map((code) => terms[code])
        .filter(([key]) => !NOT_SHOWN.has(key))
        .map(([key, label]) => ({ field, key, label }));
    const labels = (name) =>
      shown(this.index.facets.find(({ field }) => field === name))
        .map(({ label }) => label)
        .join(" ");
    return {
      id: this.index.id[row],
      title: this.index.title[row],
      name: this.index.name[row],
      venue: labels("venue"),
      year: labels("year"),
      authors: this.details.authors[row] ?? [],
      chips: this.index.facets.filter(({ chip }) => chip).flatMap(shown),
      paper: this.details.paper[row],
      code: this.details.code[row],
    };
  }
}

const load = async (name) => (await fetch(new URL(`../browse/${name}.json`, document.baseURI))).json();
const [index, details] = await Promise.all([load("index"), load("details")]);
const page = new MiniSearchPage(index, details);
document.documentElement.classList.remove("browse-pending");
const asked = new URLSearchParams(location.search).get("q");
if (asked) page.show(asked);
element("browse").dataset.ready = "";
