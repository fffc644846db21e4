/**
 * The papers as the data files tell of them, column by column, and what the page shows of one.
 *
 * @typedef {import("./facet.js").Term} Term
 *
 * @typedef {object} IndexData what browse/index.json holds; a row is a paper, newest first
 * @property {string} rows a digest: data with another has other papers, or another order
 * @property {number} chunk rows whose texts in an export format share a file
 * @property {import("./facet.js").FacetData[]} facets those in the page's column
 * @property {string[]} id
 * @property {string[]} title
 * @property {Record<string, string[]>} former_titles by row, where there are any
 * @property {(string | null)[]} name the method's abbreviation
 * @property {Record<string, string>} places by row, where the paper's own entry names a venue that is no term
 * @property {(string | null)[]} added when the record was added: 2026, 2026-11 or 2026-11-20
 *
 * @typedef {object} Summaries what browse/summaries.json holds, for the same rows
 * @property {string} rows as in the index
 * @property {(string | null)[]} summary the sentence that sums a paper up
 * @property {Definitions} definitions
 *
 * @typedef {Record<string, Record<string, string>>} Definitions field -> what each of its terms means; of terms that are places there are none
 *
 * @typedef {object} Result
 * @property {string} id
 * @property {string} title
 * @property {string | null} name
 * @property {string} venue
 * @property {string} year
 * @property {string[]} authors
 * @property {Term[]} chips
 * @property {Term[]} asides what the table tells besides
 * @property {Term[]} asked what a card tells besides: terms without chips that were asked for
 * @property {string | null} paper
 * @property {string | null} code
 * @property {boolean} coded whether any code is known
 * @property {string | null} [summary] where the summaries are loaded
 * @property {boolean} said whether the summary is what was asked for
 *
 * @typedef {object} Facts what is known of a paper, also that there is nothing or that nothing is known
 * @property {Record<string, Term[]>} terms by field
 * @property {string | null} published first public date
 *
 * @typedef {{id: string, chunk: number}} Entry a paper, and the number of the file with its exports
 */

import { Facet } from "./facet.js";
import { ORDINARY_KIND } from "./fields.js";

/** Fields without chips that the table has columns for. */
const ASIDES = ["parametric", "keywords"];

export class Papers {
  /** @param {IndexData} index */
  constructor(index) {
    this.index = index;
    this.size = index.id.length;
    this.facets = index.facets.map((facet) => new Facet(facet, this.size));
    /** @type {Map<string, Facet>} also those that have no place in the page */
    this.facetOf = new Map(this.facets.map((facet) => [facet.field, facet]));
    /** @type {import("./details.js").Details | null} */
    this.details = null;
    /** @type {(string | null)[] | null} by row */
    this.summaries = null;
    /** @type {Map<string, number> | null} the row of each id; made when it is asked for */
    this.rowOf = null;
  }

  /** @param {import("./details.js").Details} details */
  add(details) {
    this.details = details;
    for (const facet of details.facets) this.facetOf.set(facet.field, new Facet(facet, this.size));
  }

  /** @param {string} field @param {number} row @returns {string} what its terms are called */
  label(field, row) {
    return this.facetOf.get(field)?.label(row) ?? "";
  }

  /** @param {string[]} ids @returns {(string | null)[]} */
  summariesOf(ids) {
    const rowOf = (this.rowOf ??= new Map(this.index.id.map((id, row) => [id, row])));
    return ids.map((id) => this.summaries?.[rowOf.get(id) ?? -1] ?? null);
  }

  /** @param {number} row @returns {Entry} */
  entry(row) {
    return { id: this.index.id[row], chunk: Math.floor(row / this.index.chunk) };
  }

  /** @param {number} row @param {boolean} said @param {Map<string, Set<string>>} asked field -> keys @returns {Result} */
  result(row, said, asked) {
    const { id, title, name, places } = this.index;
    return {
      id: id[row],
      title: title[row],
      name: name[row],
      venue: this.label("venue", row) || (places[row] ?? ""),
      year: this.label("year", row),
      authors: this.details?.authors[row] ?? [],
      chips: [...this.#kind(row), ...this.facets.filter((facet) => facet.chip).flatMap((facet) => facet.shown(row))],
      asides: ASIDES.flatMap((field) => this.facetOf.get(field)?.shown(row) ?? []),
      asked: [...asked].flatMap(([field, keys]) => this.facetOf.get(field)?.shown(row).filter(({ key }) => keys.has(key)) ?? []),
      paper: this.details?.paper[row] ?? null,
      code: this.details?.code[row] ?? null,
      coded: this.facetOf.get("code")?.shown(row)[0]?.key === "yes",
      summary: this.summaries?.[row],
      said,
    };
  }

  /** @param {number} row @returns {Facts} */
  facts(row) {
    const terms = Object.fromEntries(this.facets.map((facet) => [facet.field, facet.having(row)]));
    return { terms, published: this.details?.published[row] ?? null };
  }

  /** @param {number} row @returns {Term[]} none of a method */
  #kind(row) {
    return this.facetOf.get("kind")?.shown(row).filter(({ key }) => key !== ORDINARY_KIND) ?? [];
  }
}
