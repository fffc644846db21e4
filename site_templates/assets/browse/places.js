/**
 * Below the search box: pages of the site that are called as the reader types. Papers are in the list; these are
 * the authors, whom the answer names, the terms, which the facets came with as links, and the pages that the header
 * and the footer lead to.
 *
 * @typedef {{label: string, kind: string, address: string, words: string[]}} Place
 */

import { asksForPapers } from "./query.js";
import { words } from "./words.js";

const LEAST_LETTERS = 3;
const MOST_SHOWN = 5;

export class Places {
  /**
   * @param {HTMLElement} element
   * @param {ParentNode} facets before checkboxes are put in the place of their links
   * @param {HTMLTemplateElement} more links to terms that no facet has, each with its field
   */
  constructor(element, facets, more) {
    this.element = element;
    this.shown = "";
    const inFacets = [...facets.querySelectorAll("details[data-field]")].flatMap((facet) =>
      placesIn(facet, "a.term__row", /** @type {HTMLElement} */ (facet).dataset.label ?? ""),
    );
    this.places = [
      ...inFacets,
      ...[...more.content.querySelectorAll("a")].flatMap((link) => place(link, link.dataset.kind ?? "")),
      ...placesIn(document, ".site-nav a:not([aria-current]), .site-footer nav a", ""),
    ];
  }

  /** @param {string} text @param {import("./advice.js").Person[]} people whose name it is */
  show(text, people) {
    const authors = people.map(({ label, folder }) => ({ label, kind: "author", address: `../authors/${folder}/` }));
    const found = [...authors, ...(asksForPapers(text) ? [] : this.#find(words(text)))].slice(0, MOST_SHOWN);
    // What was told of stays a line, so that the papers do not jump at every other letter.
    if (found.length || !text) this.element.hidden = !found.length;
    const shown = found.map(({ address }) => address).join(" ");
    if (shown === this.shown) return;
    this.shown = shown;
    const links = found.flatMap((one, at) => (at ? [", ", linkTo(one)] : [linkTo(one)]));
    this.element.replaceChildren(...(links.length ? ["Pages: ", ...links] : []));
  }

  /** @param {string[]} typed @returns {Place[]} those that begin with the first word before the others */
  #find(typed) {
    if (typed.join("").length < LEAST_LETTERS) return [];
    const found = this.places.filter((one) =>
      typed.every((wanted) => one.words.some((word) => word.startsWith(wanted))),
    );
    const first = found.filter((one) => one.words[0].startsWith(typed[0]));
    return [...first, ...found.filter((one) => !first.includes(one))].slice(0, MOST_SHOWN);
  }
}

/** @param {ParentNode} root @param {string} selector @param {string} kind */
function placesIn(root, selector, kind) {
  return [...root.querySelectorAll(selector)].flatMap((link) => place(/** @type {HTMLAnchorElement} */ (link), kind));
}

/** @param {HTMLAnchorElement} link @param {string} kind @returns {Place[]} nothing where it is not called anything */
function place(link, kind) {
  const label = (link.querySelector(".term__label") ?? link).textContent?.trim() ?? "";
  const found = words(label);
  return found.length ? [{ label, kind, address: link.getAttribute("href") ?? "", words: found }] : [];
}

/** @param {Omit<Place, "words">} place */
function linkTo({ label, kind, address }) {
  const whole = document.createElement("span");
  const link = document.createElement("a");
  link.href = address;
  link.textContent = label;
  whole.append(link, kind && ` (${kind.toLowerCase()})`);
  return whole;
}
