// Colours of the map, read from the style sheets: a canvas knows no custom properties.

/**
 * @typedef {object} Colours
 * @property {string[]} series of groups; the last stands for "other"
 * @property {string[]} ages of edges, freshest first
 * @property {string[]} heat of groups, least first
 * @property {string} fact
 * @property {string} faint
 * @property {string} centre ring of those the map is about
 * @property {string} hurt ring of those a what-if hurts
 * @property {string} noted ring of those with a note
 * @property {string} way edges that are steps of a way
 */

/** Upper bounds of the ages told apart [days]; the last class is open. */
export const AGES = [14, 60, 180, 365];

/** @type {{key: string, colours: Colours} | null} */
let kept = null;

/** Colours of the theme now in use; the same object while it stays. @returns {Colours} */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const key = of("--map-ground") + of("--series-0") + of("--age-0");
  if (kept?.key === key) return kept.colours;
  kept = {
    key,
    colours: {
      series: Array.from({ length: 10 }, (_, i) => of(`--series-${i}`)),
      ages: [...Array.from({ length: AGES.length + 1 }, (_, i) => of(`--age-${i}`)), of("--line-strong")],
      heat: Array.from({ length: 5 }, (_, i) => of(`--heat-${i}`)),
      fact: of("--fact"),
      faint: of("--line-strong"),
      centre: of("--accent"),
      hurt: of("--poor"),
      noted: of("--focus"),
      way: of("--way"),
    },
  };
  return kept.colours;
}

/** Class of an age; one of its own, the last, where it is not known or hidden. @param {number | null | undefined} days */
export function ageClass(days) {
  if (days === null || days === undefined) return AGES.length + 1;
  const found = AGES.findIndex((most) => days <= most);
  return found < 0 ? AGES.length : found;
}
