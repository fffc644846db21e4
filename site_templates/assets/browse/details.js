/**
 * What the first answers can do without: the file with the other half of the data, and what is made of it for the
 * search, namely terms by their names, mended words, lists of papers and advice. All of it is loaded behind the first answer.
 *
 * @typedef {object} Details what browse/details.json holds, for the same rows; half of all bytes, and
 *   not needed for the first answers
 * @property {string} rows as in the index
 * @property {import("./facet.js").FacetData[]} facets that only queries ask for
 * @property {(string[] | null)[]} authors
 * @property {(string | null)[]} paper link
 * @property {(string | null)[]} code link
 * @property {(string | null)[]} published first public date
 * @property {Record<string, (string | null)[]>} identifiers by field
 * @property {Record<string, number>} former_ids the row of each
 * @property {Record<string, string[][]>} vocabulary field -> for each term its key, label and other names; of venues with their tags
 * @property {Record<string, Record<string, string[]>>} tags field -> of its terms, what published lists call them
 * @property {Record<string, Record<string, string[]>>} examples field -> of its terms, well-known models, benchmarks and so on
 * @property {Record<string, Record<string, string[]>>} asked field -> of its terms, words by which people ask for them that are none of their names
 * @property {Record<string, string[]>} names field -> what messages call it, and by which words it is meant besides its name
 */

import { Advice } from "./advice.js";
import { Lists } from "./lists.js";
import { Mender } from "./mender.js";
import { Names } from "./names.js";
import { TermNames } from "./term_names.js";
import { TermTexts } from "./term_texts.js";

/**
 * Everything can be asked for, and results hold authors and links, from here on.
 * @param {import("./engine.js").Engine} engine
 * @param {Details} details
 */
export function complete(engine, details) {
  const { papers, meaning } = engine;
  engine.add(details);
  const terms = new TermNames(papers.facetOf, details.vocabulary, [details.examples, details.asked]);
  meaning.terms = terms;
  meaning.textsOf = (definitions) => new TermTexts(papers.facetOf, details, definitions);
  meaning.mender = new Mender([...meaning.texts.values()], meaning.names);
  engine.names = new Names(papers.facetOf, details, meaning.text("author"));
  engine.lists = new Lists(engine);
  engine.advice = new Advice(engine, terms);
}
