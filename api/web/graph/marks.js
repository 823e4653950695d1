/** Marks in the middle of edges that differ from another moment: told by form, not by colour alone. */

import { ends } from "./draw.js";

/** @typedef {import("./scene.js").SceneEdge} SceneEdge */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Theme} Theme */
/** @typedef {import("./draw.js").Context} Context */

export const MARK = 5; // of a mark's disc [CSS px]
const SHORT = 34; // edges shorter on the screen carry none [CSS px]
/** Strokes within the disc, in parts of its radius: plus, minus, up, down. @type {Record<string, [number, number][][]>} */
export const STROKES = {
  new: [[[-0.6, 0], [0.6, 0]], [[0, -0.6], [0, 0.6]]],
  gone: [[[-0.6, 0], [0.6, 0]]],
  stronger: [[[-0.55, 0.3], [0, -0.4], [0.55, 0.3]]],
  weaker: [[[-0.55, -0.3], [0, 0.4], [0.55, -0.3]]],
};

/** Where the mark of an edge is; null where there is no room. @param {SceneEdge} e @param {View} view @returns {[number, number] | null} */
export function markSpot(e, view) {
  const [ax, ay, bx, by] = ends(e, view);
  return Math.hypot(bx - ax, by - ay) < SHORT ? null : [(ax + bx) / 2, (ay + by) / 2];
}

/** @param {Context} ctx @param {SceneEdge} e @param {View} view @param {Theme} theme @param {string} color */
export function drawMark(ctx, e, view, theme, color) {
  const at = markSpot(e, view), strokes = STROKES[e.edge.change ?? ""];
  if (!at || !strokes) return;
  const [x, y] = at;
  ctx.save();
  ctx.setLineDash([]);
  disc(ctx, x, y, MARK + 1.2, theme.ground);
  disc(ctx, x, y, MARK, color);
  ctx.strokeStyle = theme.ground;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  for (const stroke of strokes)
    for (const [i, [dx, dy]] of stroke.entries()) ctx[i ? "lineTo" : "moveTo"](x + dx * MARK, y + dy * MARK);
  ctx.stroke();
  ctx.restore();
}

/** @param {Context} ctx @param {number} x @param {number} y @param {number} r @param {string} color */
function disc(ctx, x, y, r, color) {
  ctx.fillStyle = color;
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.fill();
}
