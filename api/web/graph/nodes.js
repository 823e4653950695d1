/** Drawing of nodes: discs, squares and diamonds with a rim of ground colour that keeps them apart from edges. */

import { screenRadius } from "./scene.js";

/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./types.js").GraphNode} GraphNode */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Theme} Theme */
/** @typedef {import("./draw.js").Context} Context */

/**
 * What is marked on nodes.
 * @typedef {object} Marks
 * @property {ReadonlySet<string>} selected
 * @property {ReadonlySet<string>} pinned
 * @property {string | null} focus  The node under the keyboard.
 * @property {string | null} hover
 * @property {ReadonlySet<SceneNode> | null} lit  Those not faded; null: all.
 */

/** Where a node is in the picture. @param {SceneNode} n @param {View} view @returns {[number, number]} */
export function spot(n, view) {
  return [(n.x - view.x) * view.k + view.width / 2, (n.y - view.y) * view.k + view.height / 2];
}

/** Is any of it in the picture? @param {SceneNode} n @param {View} view @param {number} [margin] */
export function inPicture(n, view, margin = 0) {
  const [x, y] = spot(n, view), r = screenRadius(n.node.radius, view.k) + margin;
  return x > -r && y > -r && x < view.width + r && y < view.height + r;
}

/** Smallest first, so that the important lie on top. @param {Context} ctx @param {SceneNode[]} byRadius @param {View} view @param {Theme} theme @param {Marks} marks @param {import("./discs.js").Discs} discs */
export function drawNodes(ctx, byRadius, view, theme, marks, discs) {
  for (let i = byRadius.length - 1; i >= 0; i--) {
    const n = /** @type {SceneNode} */ (byRadius[i]);
    if (!n.placed || !inPicture(n, view, 8)) continue;
    if (isPlain(n, marks)) discs.draw(ctx, n.node, ...spot(n, view), screenRadius(n.node.radius, view.k));
    else drawNode(ctx, n, view, theme, marks);
  }
  ctx.globalAlpha = 1;
}

/** A node that fades: its shape and ring, its other marks come with the last step. @param {Context} ctx @param {SceneNode} n @param {number} share @param {View} view @param {Marks} marks @param {import("./discs.js").Discs} discs */
export function drawPartialNode(ctx, n, share, view, marks, discs) {
  if (!n.placed || share <= 0 || !inPicture(n, view, 8)) return;
  const [x, y] = spot(n, view), r = screenRadius(n.node.radius, view.k);
  ctx.globalAlpha = share * presence(n, marks);
  discs.draw(ctx, n.node, x, y, r);
  if (n.node.ring) outline(ctx, n.node.shape, x, y, r + 3, n.node.ring, Math.max(1.5, r / 6));
  ctx.globalAlpha = 1;
}

/** Nothing but shape and colour. @param {SceneNode} n @param {Marks} marks */
function isPlain(n, marks) {
  const { faded, change, ring } = n.node;
  return !faded && !change && !ring && !marks.pinned.has(n.id) && (!marks.lit || marks.lit.has(n));
}

/** How much of a node's colour is seen. @param {SceneNode} n @param {Marks} marks */
export function presence(n, marks) {
  if (marks.lit && !marks.lit.has(n)) return 0.22;
  return n.node.faded ? 0.35 : 1;
}

/** @param {Context} ctx @param {SceneNode} n @param {View} view @param {Theme} theme @param {Marks} marks */
export function drawNode(ctx, n, view, theme, marks) {
  const [x, y] = spot(n, view), r = screenRadius(n.node.radius, view.k), { shape } = n.node;
  fillShape(ctx, shape, x, y, r + (r > 4 ? 1.5 : 0.75), theme.ground, 1);
  const shown = presence(n, marks);
  fillShape(ctx, shape, x, y, r, n.node.color, shown);
  if (n.node.change === "gone") fillShape(ctx, shape, x, y, r - Math.max(1.5, r * 0.25), theme.ground, 1);
  ctx.globalAlpha = shown;
  if (n.node.ring) outline(ctx, shape, x, y, r + 3, n.node.ring, Math.max(1.5, r / 6));
  if (n.node.change) badge(ctx, x + r * 0.75, y - r * 0.75, r, n.node.change, theme);
  if (marks.pinned.has(n.id) && r > 4) pin(ctx, x + r * 0.72, y + r * 0.72, n.node.color, theme);
  ctx.globalAlpha = 1;
}

/** Marks that lie above all nodes: chosen, under the pointer, under the keyboard. @param {Context} ctx @param {SceneNode} n @param {View} view @param {Theme} theme @param {Marks} marks */
export function drawMarks(ctx, n, view, theme, marks) {
  const [x, y] = spot(n, view), r = screenRadius(n.node.radius, view.k) + (n.node.ring ? 4 : 1), { shape } = n.node;
  if (marks.hover === n.id) outline(ctx, shape, x, y, r + 2, theme.label, 1.5);
  if (marks.selected.has(n.id)) outline(ctx, shape, x, y, r + 3, theme.select, 3);
  if (marks.focus !== n.id) return;
  outline(ctx, shape, x, y, r + 7.5, theme.ground, 6);
  outline(ctx, shape, x, y, r + 7.5, theme.focus, 3);
}

/** @param {Context} ctx @param {GraphNode["shape"]} shape @param {number} x @param {number} y @param {number} r @param {string} color @param {number} alpha */
export function fillShape(ctx, shape, x, y, r, color, alpha) {
  ctx.globalAlpha = alpha;
  ctx.fillStyle = color;
  trace(ctx, shape, x, y, Math.max(0.5, r));
  ctx.fill();
}

/** @param {Context} ctx @param {GraphNode["shape"]} shape @param {number} x @param {number} y @param {number} r @param {string} color @param {number} width */
function outline(ctx, shape, x, y, r, color, width) {
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  trace(ctx, shape, x, y, r);
  ctx.stroke();
}

/** Squares and diamonds of about the disc's area. @param {Context} ctx @param {GraphNode["shape"]} shape @param {number} x @param {number} y @param {number} r */
function trace(ctx, shape, x, y, r) {
  ctx.beginPath();
  if (shape === "square") ctx.roundRect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8, r * 0.3);
  else if (shape === "diamond") for (const [dx, dy] of corners(r * 1.2)) ctx.lineTo(x + dx, y + dy);
  else ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.closePath();
}

/** Corners of a diamond. @param {number} r @returns {[number, number][]} */
export function corners(r) {
  return [[0, -r], [r, 0], [0, r], [-r, 0]];
}

/** Plus for new, minus for gone: told by form, not by colour alone. @param {Context} ctx @param {number} x @param {number} y @param {number} r @param {string} change @param {Theme} theme */
function badge(ctx, x, y, r, change, theme) {
  const size = Math.min(7, Math.max(4, r * 0.5)), arm = size * 0.55;
  fillShape(ctx, "circle", x, y, size + 1.2, theme.ground, 1);
  fillShape(ctx, "circle", x, y, size, change === "new" ? theme.added : theme.gone, 1);
  ctx.strokeStyle = theme.ground;
  ctx.lineWidth = 1.6;
  ctx.beginPath();
  ctx.moveTo(x - arm, y);
  ctx.lineTo(x + arm, y);
  if (change === "new") {
    ctx.moveTo(x, y - arm);
    ctx.lineTo(x, y + arm);
  }
  ctx.stroke();
}

/** A pinned node carries a small dot. @param {Context} ctx @param {number} x @param {number} y @param {string} color @param {Theme} theme */
function pin(ctx, x, y, color, theme) {
  fillShape(ctx, "circle", x, y, 4.2, theme.ground, 1);
  fillShape(ctx, "circle", x, y, 3, theme.label, 1);
  fillShape(ctx, "circle", x, y, 1.3, color, 1);
}
