// Panel: score.
import { html } from "../core/dom.js";

/** @param {string[]} ids @param {import("../core/app.js").Context} _context */
export async function load(ids, _context) {
  return { ids };
}

/** @param {any} _data @param {string[]} ids @param {import("../core/app.js").Context} _context */
export function show(_data, ids, _context) {
  return html`<p>${ids.join(", ")}</p>`;
}
