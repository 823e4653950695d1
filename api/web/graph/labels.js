/** Which names are shown, and where: important nodes first, none over another. */

import { isolate } from "./names.js";
import { inPicture, spot } from "./nodes.js";
import { screenRadius } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./types.js").View} View */
/**
 * @typedef {object} Ruler
 * @property {(text: string, font: "name" | "sub" | "bold") => number} measure  Width of a text [CSS px].
 * @property {(text: string, font: "name" | "sub" | "bold", room: number) => string} shorten  Cut to fit a width.
 */

/**
 * @typedef {object} Label
 * @property {SceneNode} node
 * @property {string} text
 * @property {string} sub   Second line; empty for none.
 * @property {number} x     Middle of the text [CSS px].
 * @property {number} y     Top [CSS px].
 * @property {boolean} bold
 */

export const SIZE = 12.5; // of names [CSS px]
export const SUB_SIZE = 11;
export const LINE = 16;
export const SUB_LINE = 14;
const WIDEST = 150;
const AREA = 11000; // of picture per label [CSS px²]
const FIRST = 14; // names that may cover a small node or two
const SUB_ZOOM = 1.3; // second lines from this zoom on
const TRIES = 5; // nodes looked at per label: crowds have no room
const TINY = 3; // radius of discs that names may cover [CSS px]
const GAP = 4; // between two names [CSS px]
const CELL = 64;

/** Boxes in cells, so that a look-up meets only neighbours. */
class Boxes {
  /** @type {Map<number, [number, number, number, number][]>} */ #cells = new Map();

  /** @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 */
  add(x0, y0, x1, y1) {
    for (const key of cells(x0, y0, x1, y1)) {
      const boxes = this.#cells.get(key);
      if (boxes) boxes.push([x0, y0, x1, y1]);
      else this.#cells.set(key, [[x0, y0, x1, y1]]);
    }
  }

  /** How many boxes are touched, counted to `most`; one in several cells may count more than once. @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 @param {number} most */
  touched(x0, y0, x1, y1, most) {
    let count = 0;
    for (const key of cells(x0, y0, x1, y1))
      for (const b of this.#cells.get(key) ?? [])
        if (x0 < b[2] && b[0] < x1 && y0 < b[3] && b[1] < y1 && ++count >= most) return count;
    return count;
  }
}

/** @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 */
function cells(x0, y0, x1, y1) {
  const keys = [];
  for (let i = Math.floor(x0 / CELL); i <= Math.floor(x1 / CELL); i++)
    for (let j = Math.floor(y0 / CELL); j <= Math.floor(y1 / CELL); j++) keys.push(i * 65536 + j);
  return keys;
}

/**
 * @param {Scene} scene @param {View} view @param {Ruler} ruler
 * @param {{first: SceneNode[], lit: ReadonlySet<SceneNode> | null, everything?: boolean}} what
 *   first: always named, in bold; lit: only these; everything: no limit by area (a picture that can be enlarged).
 * @returns {Label[]}
 */
export function placeLabels(scene, view, ruler, what) {
  const room = { names: new Boxes(), discs: discs(scene, view), view, ruler };
  /** @type {Label[]} */
  const labels = [];
  const add = (/** @type {SceneNode} */ n, /** @type {number} */ cover, bold = false) => {
    const label = seat(n, room, cover, bold);
    if (label) labels.push(label);
  };
  let tries = 0;
  const most = what.everything ? Infinity : Math.max(6, (view.width * view.height) / AREA);
  for (const n of what.first) if (n.placed && inPicture(n, view)) add(n, Infinity, true);
  for (const n of scene.byRadius) {
    if (labels.length >= most || tries > TRIES * most) break;
    if (!n.placed || !n.text || what.first.includes(n) || (what.lit && !what.lit.has(n))) continue;
    if (!(n.node.faded && !what.lit) && inPicture(n, view, what.everything ? Infinity : 40)) {
      tries++;
      add(n, labels.length < FIRST ? 3 : 0);
    }
  }
  return labels;
}

/** Where nodes lie: names had better not cover them. @param {Scene} scene @param {View} view */
function discs(scene, view) {
  const boxes = new Boxes();
  for (const n of scene.byRadius) {
    if (!n.placed || !inPicture(n, view, 60)) continue;
    const [x, y] = spot(n, view), r = screenRadius(n.node.radius, view.k) * 0.8;
    if (r < TINY) break; // the others are smaller still
    boxes.add(x - r, y - r, x + r, y + r);
  }
  return boxes;
}

/**
 * A seat below, above or beside the node, on no other name and on at most `cover` nodes; bold ones sit below in any case.
 * @param {SceneNode} n @param {{names: Boxes, discs: Boxes, view: View, ruler: Ruler}} room @param {number} cover
 * @param {boolean} bold @returns {Label | null}
 */
function seat(n, room, cover, bold) {
  const { view, ruler } = room, font = bold ? "bold" : "name";
  const text = ruler.shorten(n.text, font, bold ? 2 * WIDEST : WIDEST);
  const sub = n.sub && (bold || view.k >= SUB_ZOOM) ? ruler.shorten(n.sub, "sub", WIDEST) : "";
  const half = Math.max(ruler.measure(text, font), sub ? ruler.measure(sub, "sub") : 0) / 2;
  const high = LINE + (sub ? SUB_LINE : 0);
  const [x, y] = spot(n, view), r = screenRadius(n.node.radius, view.k) + (n.node.ring ? 5 : 2);
  const side = r + 3 + half;
  /** @type {[number, number][]} */
  const seats = [[x, y + r], [x, y - r - high], [x + side, y - high / 2], [x - side, y - high / 2]];
  const free = seats.filter(([sx, top]) => !room.names.touched(sx - half - GAP, top, sx + half + GAP, top + high, 1));
  const costs = free.map(([sx, top]) => room.discs.touched(sx - half, top + 2, sx + half, top + high - 2, 9));
  const least = Math.min(...costs, Infinity);
  const best = least <= cover ? free[costs.indexOf(least)] : undefined;
  const [sx, top] = best ?? /** @type {[number, number]} */ (seats[0]);
  if (!best && !bold) return null;
  room.names.add(sx - half - GAP, top, sx + half + GAP, top + high);
  room.names.add(x - r, y - r, x + r, y + r);
  return { node: n, text: isolate(text), sub: sub && isolate(sub), x: sx, y: top, bold };
}
