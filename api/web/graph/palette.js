/**
 * Ten colours for groups and a grey for all others, one set per theme.
 *
 * Chosen by search so that the least distance of any two (OKLab) is as large as could be found for people who see all
 * colours and for those who lack one cone (protan, deutan, tritan as Machado, Oliveira & Fernandes 2009 model them), with
 * a contrast of 3 : 1 or more to the map's ground (WCAG 1.4.11) and saturation held down. The least distance is 0.077 in
 * the light and 0.069 in the dark set; tests/web/test_graph_palette.py measures it. Early colours differ most.
 */

const LIGHT = ["#5f8ae8", "#873349", "#c77f65", "#7d42a5", "#b04d52", "#766dad", "#0b5477", "#536a02", "#94801c", "#167b78"];
const DARK = ["#0673b2", "#febc8f", "#9f93fc", "#d9825d", "#18d9fe", "#be4a6b", "#06b799", "#a9be40", "#73712b", "#f092c9"];

/** Most distinct first. @param {boolean} dark @returns {readonly string[]} */
export function groupColors(dark) {
  return dark ? DARK : LIGHT;
}

/** Of groups beyond the tenth, and of those in none. @param {boolean} dark */
export function otherColor(dark) {
  return dark ? "#7f8a9b" : "#848e9d";
}
