/** The map as SVG text: the same scene, view and theme as on the canvas, the whole graph and not only the window. */

import { arrowHead, edgeWidth, ends, inSight, opacity, penColor } from "./draw.js";
import { LINE, placeLabels, SIZE, SUB_LINE, SUB_SIZE } from "./labels.js";
import { MARK, STROKES, markSpot } from "./marks.js";
import { corners, presence, spot } from "./nodes.js";
import { bounds, screenRadius } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./scene.js").SceneEdge} SceneEdge */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Theme} Theme */
/** @typedef {import("./nodes.js").Marks} Marks */
/** @typedef {import("./labels.js").Label} Label */

const MARGIN = 60; // around the graph: room for labels [CSS px]

/** Text for an attribute or an element; what XML 1.0 cannot hold is left out. @param {string} text */
export function escape(text) {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "")
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/**
 * @param {Scene} scene @param {View} seen  Its zoom is kept. @param {Theme} theme @param {Marks} marks
 * @param {import("./labels.js").Ruler} ruler @param {string} title @returns {string}
 */
export function toSvg(scene, seen, theme, marks, ruler, title) {
  const view = whole(scene, seen);
  const lit = { first: scene.nodes.filter((n) => marks.selected.has(n.id)), lit: marks.lit, everything: true };
  const labels = placeLabels(scene, view, ruler, lit);
  const w = number(view.width), h = number(view.height);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img">`,
    `<title>${escape(title)}</title><rect width="100%" height="100%" fill="${escape(theme.ground)}"/>`,
    `<g class="edges" fill="none">`, ...edgesOf(scene, view, theme, marks), `</g>`,
    `<g class="nodes">`, ...[...scene.byRadius].reverse().filter((n) => n.placed).map((n) => nodeOf(n, view, theme, marks)), `</g>`,
    `<g class="labels" font-family="${escape(theme.font)}" text-anchor="middle" paint-order="stroke" stroke="${escape(theme.ground)}" stroke-width="3" stroke-linejoin="round">`,
    ...labels.map((l) => labelOf(l, theme)), `</g>`, `</svg>`,
  ].join("\n");
}

/** The view that holds all of the graph at the zoom given. @param {Scene} scene @param {View} view @returns {View} */
function whole(scene, view) {
  const box = bounds(scene.nodes) ?? { x0: 0, y0: 0, x1: 0, y1: 0 };
  const width = (box.x1 - box.x0) * view.k + 2 * MARGIN, height = (box.y1 - box.y0) * view.k + 2 * MARGIN;
  return { x: (box.x0 + box.x1) / 2, y: (box.y0 + box.y1) / 2, k: view.k, width, height };
}

/** @param {Scene} scene @param {View} view @param {Theme} theme @param {Marks} marks @returns {string[]} */
function edgesOf(scene, view, theme, marks) {
  /** @type {string[]} */
  const out = [];
  const seen = inSight(scene, view, view.k);
  for (const pen of scene.pens) {
    const color = escape(penColor(pen, theme)), dash = pen.change === "gone" ? "2 4" : pen.dash ? "5 4" : "";
    for (const e of pen.edges) {
      const bright = !marks.lit || (marks.lit.has(e.a) && marks.lit.has(e.b));
      const look = `stroke="${color}" stroke-opacity="${number(opacity(pen, seen, theme.dark) * (bright ? 1 : 0.2))}"`;
      out.push(edgeOf(e, view, `${look}${dash && ` stroke-dasharray="${dash}"`}`, color));
      if (pen.change) out.push(markOf(e, view, theme, color));
    }
  }
  return out;
}

/** @param {SceneEdge} e @param {View} view @param {string} look @param {string} color @returns {string} */
function edgeOf(e, view, look, color) {
  const [ax, ay, bx, by] = ends(e, view).map(number);
  const line = `<line x1="${ax}" y1="${ay}" x2="${bx}" y2="${by}" stroke-width="${number(edgeWidth(e, view.k))}" ${look}/>`;
  const head = e.edge.directed ? arrowHead(e, view) : null;
  return head ? `${line}<polygon points="${head.map((p) => p.map(number).join(",")).join(" ")}" fill="${color}" fill-opacity="0.7"/>` : line;
}

/** The mark of a change in the middle of an edge, as marks.js draws it. @param {SceneEdge} e @param {View} view @param {Theme} theme @param {string} color @returns {string} */
function markOf(e, view, theme, color) {
  const at = markSpot(e, view);
  if (!at) return "";
  const [x, y] = at;
  const path = (STROKES[e.edge.change ?? ""] ?? []).map((stroke) => `M${stroke.map(([dx, dy]) => `${number(x + dx * MARK)} ${number(y + dy * MARK)}`).join("L")}`).join("");
  return `<circle cx="${number(x)}" cy="${number(y)}" r="${MARK}" fill="${color}"/><path d="${path}" fill="none" stroke="${escape(theme.ground)}" stroke-width="1.5"/>`;
}

/** @param {SceneNode} n @param {View} view @param {Theme} theme @param {Marks} marks @returns {string} */
function nodeOf(n, view, theme, marks) {
  const [x, y] = spot(n, view), r = screenRadius(n.node.radius, view.k);
  const ring = marks.selected.has(n.id) ? theme.select : n.node.ring;
  const hollow = n.node.change === "gone";
  const fill = `fill="${escape(hollow ? theme.ground : n.node.color)}" fill-opacity="${presence(n, marks)}"`;
  const rim = `stroke="${escape(hollow ? n.node.color : theme.ground)}" stroke-width="1.5"`;
  const around = ring ? shapeOf(n, x, y, r + 3, `fill="none" stroke="${escape(ring)}" stroke-width="${number(Math.max(1.5, r / 6))}"`) : "";
  return `<g class="node"><title>${escape(n.text)}</title>${shapeOf(n, x, y, r, `${fill} ${rim}`)}${around}</g>`;
}

/** @param {SceneNode} n @param {number} x @param {number} y @param {number} r @param {string} look @returns {string} */
function shapeOf(n, x, y, r, look) {
  if (n.node.shape === "square") {
    const side = number(r * 1.8);
    return `<rect x="${number(x - r * 0.9)}" y="${number(y - r * 0.9)}" width="${side}" height="${side}" rx="${number(r * 0.3)}" ${look}/>`;
  }
  if (n.node.shape === "diamond")
    return `<polygon points="${corners(r * 1.2).map(([dx, dy]) => `${number(x + dx)},${number(y + dy)}`).join(" ")}" ${look}/>`;
  return `<circle cx="${number(x)}" cy="${number(y)}" r="${number(r)}" ${look}/>`;
}

/** @param {Label} l @param {Theme} theme @returns {string} */
function labelOf(l, theme) {
  const at = (/** @type {number} */ y) => `x="${number(l.x)}" y="${number(y)}"`;
  const name = `<text ${at(l.y + LINE * 0.75)} font-size="${SIZE}"${l.bold ? ` font-weight="600"` : ""} fill="${escape(theme.label)}">${escape(l.text)}</text>`;
  if (!l.sub) return name;
  return `${name}<text ${at(l.y + LINE + SUB_LINE * 0.65)} font-size="${SUB_SIZE}" fill="${escape(theme.quiet)}">${escape(l.sub)}</text>`;
}

/** Two decimals are enough. @param {number} value */
function number(value) {
  return String(Math.round(value * 100) / 100);
}
