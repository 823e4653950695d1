/** Names as others wrote them, made safe to draw: one line, no control characters, direction kept to itself. */

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
const UNPAIRED = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const LONGEST = 200;

/** One line without control characters or lone surrogates, at most 200 UTF-16 units. @param {string} name */
export function clean(name) {
  return name.slice(0, LONGEST).replace(UNPAIRED, "\ufffd").replace(CONTROL, " ").trim();
}

/** Marks of direction inside a name end with it (Unicode UAX 9: first strong isolate). @param {string} text */
export function isolate(text) {
  return `\u2068${text}\u2069`;
}

/**
 * The longest beginning that fits, with an ellipsis; cuts between what a reader sees as characters.
 * @param {string} text @param {number} room [px] @param {(text: string) => number} measure
 */
export function ellipsis(text, room, measure) {
  if (measure(text) <= room) return text;
  const parts = Array.from(new Intl.Segmenter().segment(text), (s) => s.segment);
  let low = 0, high = parts.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(parts.slice(0, middle).join("").trimEnd() + "…") <= room) low = middle;
    else high = middle - 1;
  }
  return parts.slice(0, low).join("").trimEnd() + "…";
}
