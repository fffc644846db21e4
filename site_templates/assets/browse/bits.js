/**
 * Sets of rows as bits in a Uint32Array: one bit a paper, 32 papers an operation.
 */

/**
 * @param {number} rows
 * @returns {Uint32Array} the empty set
 */
export function none(rows) {
  return new Uint32Array((rows + 31) >>> 5);
}

/**
 * @param {number} rows
 * @returns {Uint32Array} the set of all rows
 */
export function all(rows) {
  const set = none(rows).fill(0xffffffff);
  if (rows & 31) set[set.length - 1] = 2 ** (rows & 31) - 1;
  return set;
}

/**
 * @param {Uint32Array} set changed in place
 * @param {number} row
 */
export function add(set, row) {
  set[row >>> 5] |= 1 << (row & 31);
}

/**
 * @param {Uint32Array} set
 * @param {number} row
 * @returns {boolean}
 */
export function has(set, row) {
  return (set[row >>> 5] & (1 << (row & 31))) !== 0;
}

/**
 * @param {Uint32Array} set
 * @param {number} size
 * @returns {number[]} the first rows in it, no more than that
 */
export function first(set, size) {
  const rows = [];
  for (let i = 0; i < set.length && rows.length < size; i++) {
    for (let rest = set[i]; rest && rows.length < size; rest &= rest - 1) rows.push(32 * i + lowest(rest));
  }
  return rows;
}

/**
 * Keep in *set* what is in *other* too.
 * @param {Uint32Array} set changed in place
 * @param {Uint32Array} other
 */
export function intersect(set, other) {
  for (let i = 0; i < set.length; i++) set[i] &= other[i];
}

/**
 * Put into *set* what is in *other*.
 * @param {Uint32Array} set changed in place
 * @param {Uint32Array} other
 */
export function unite(set, other) {
  for (let i = 0; i < set.length; i++) set[i] |= other[i];
}

/**
 * @param {Uint32Array} one
 * @param {Uint32Array} other
 * @returns {Uint32Array} a new set of what is in either
 */
export function united(one, other) {
  const set = one.slice();
  unite(set, other);
  return set;
}

/**
 * Take out of *set* what is in *other*.
 * @param {Uint32Array} set changed in place
 * @param {Uint32Array} other
 */
export function subtract(set, other) {
  for (let i = 0; i < set.length; i++) set[i] &= ~other[i];
}

/**
 * @param {Uint32Array} set changed in place
 * @param {(row: number) => boolean} holds for the rows that stay
 * @returns {Uint32Array} the set
 */
export function filter(set, holds) {
  for (let i = 0; i < set.length; i++) {
    for (let rest = set[i]; rest; rest &= rest - 1) {
      const bit = lowest(rest);
      if (!holds(32 * i + bit)) set[i] &= ~(1 << bit);
    }
  }
  return set;
}

/**
 * @param {number} word 32 bits, one of them set
 * @returns {number} which is the lowest that is set
 */
function lowest(word) {
  return 31 - Math.clz32(word & -word);
}

/**
 * @param {number} word 32 bits
 * @returns {number} how many of them are set
 */
function ones(word) {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * @param {Uint32Array} set
 * @returns {number} its size
 */
export function size(set) {
  let total = 0;
  for (let i = 0; i < set.length; i++) total += ones(set[i]);
  return total;
}

/**
 * @param {Uint32Array} a
 * @param {Uint32Array} b
 * @returns {number} how many rows are in both
 */
export function sizeOfBoth(a, b) {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += ones(a[i] & b[i]);
  return total;
}
