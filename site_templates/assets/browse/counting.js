/**
 * Numbers as people read them, alone and with their noun, as catalog/counting.py writes them.
 */

/** @param {number} number that is no year and no identifier @returns {string} with commas between thousands: 1,062 */
export function numeral(number) {
  // Hundreds are written with every answer, most of them small.
  return number < 1000 ? String(number) : number.toLocaleString("en");
}

/** @param {number} number @param {string} [noun] of one @returns {string} how many there are: "1 paper", "1,062 papers" */
export function counted(number, noun = "paper") {
  return `${numeral(number)} ${number === 1 ? noun : `${noun}s`}`;
}
