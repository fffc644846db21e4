/**
 * Numbers as people read them, alone and with their noun, as catalog/counting.py writes them.
 */

/** @type {Intl.NumberFormat | undefined} made once: making it is what takes long */
let format;

/** @param {number} number that is no year and no identifier @returns {string} with commas between thousands: 1,062 */
export function numeral(number) {
  // Hundreds are written with every answer, most of them small.
  if (number < 1000) return String(number);
  format ??= new Intl.NumberFormat("en");
  return format.format(number);
}

/** @param {number} number @param {string} [noun] of one @returns {string} how many there are: "1 paper", "1,062 papers" */
export function counted(number, noun = "paper") {
  return `${numeral(number)} ${number === 1 ? noun : `${noun}s`}`;
}
