/** The graph as the drawing needs it: nodes and edges that point at each other, sorted by what matters first. */

import { clean } from "./names.js";

/** @typedef {import("./types.js").GraphNode} GraphNode */
/** @typedef {import("./types.js").GraphEdge} GraphEdge */
/** @typedef {import("./types.js").Theme} Theme */
/** @typedef {import("./types.js").View} View */

/**
 * @typedef {object} SceneNode
 * @property {GraphNode} node
 * @property {string} id
 * @property {number} i     Its place among those given.
 * @property {string} text  Name, safe to draw.
 * @property {string} sub
 * @property {number} x     Where it is shown, in world units; moves towards (tx, ty).
 * @property {number} y
 * @property {number} tx
 * @property {number} ty
 * @property {boolean} placed
 * @property {SceneEdge[]} edges
 *
 * @typedef {object} SceneEdge
 * @property {GraphEdge} edge
 * @property {SceneNode} a
 * @property {SceneNode} b
 * @property {number} strength  Width within this graph's range, 0 to 1.
 * @property {number} shift     Sideways, for several edges of one pair [CSS px].
 * @property {Pen} pen
 *
 * Edges drawn with one pen, most important first.
 * @typedef {object} Pen
 * @property {string | null} color  Null: the theme's own.
 * @property {number} level  0 (weakest) to LEVELS - 1.
 * @property {boolean} thick
 * @property {boolean} dash
 * @property {GraphEdge["change"]} change
 * @property {SceneEdge[]} edges
 *
 * @typedef {object} Scene
 * @property {SceneNode[]} nodes  In the order given.
 * @property {SceneNode[]} byRadius  Largest first.
 * @property {SceneEdge[]} edges  Most important first.
 * @property {Pen[]} pens  Weakest first: the order of drawing.
 * @property {Map<string, SceneNode>} index
 */

export const LEVELS = 6;
/** @type {Pen} */
const NONE = { color: null, level: 0, thick: false, dash: false, change: undefined, edges: [] };
const THICK = 900; // so many edges may be wider than a hairline: wide ones cost several times as much to fill

/**
 * @param {import("./types.js").Graph} graph  Edges to nodes that are not given are left out.
 * @returns {Scene}
 */
export function buildScene(graph) {
  const nodes = graph.nodes.map(sceneNode);
  const index = new Map(nodes.map((n) => [n.id, n]));
  const edges = sceneEdges(graph.edges, index);
  for (const e of edges) {
    e.a.edges.push(e);
    if (e.b !== e.a) e.b.edges.push(e);
  }
  const byRadius = [...nodes].sort((p, q) => q.node.radius - p.node.radius || (p.id < q.id ? -1 : 1));
  return { nodes, byRadius, edges, pens: pensOf(edges), index };
}

/** @param {GraphNode} node @param {number} i @returns {SceneNode} */
function sceneNode(node, i) {
  return { node, i, id: node.id, text: clean(node.text), sub: clean(node.sub ?? ""), x: 0, y: 0, tx: 0, ty: 0, placed: false, edges: [] };
}

/** @param {GraphEdge[]} given @param {Map<string, SceneNode>} index @returns {SceneEdge[]} */
function sceneEdges(given, index) {
  let low = Infinity, high = 0;
  for (const e of given) {
    if (e.width < low) low = e.width;
    if (e.width > high) high = e.width;
  }
  const span = high - low || 1;
  /** @type {SceneEdge[]} */
  const edges = [];
  for (const edge of given) {
    const a = index.get(edge.a), b = index.get(edge.b);
    if (a && b && a !== b) edges.push({ edge, a, b, strength: high > low ? (edge.width - low) / span : 0.5, shift: 0, pen: NONE });
  }
  spread(edges);
  return edges.sort((p, q) => weight(q.edge) - weight(p.edge));
}

/** What comes first: hops of a path, then by width. @param {GraphEdge} edge */
function weight(edge) {
  return edge.strong ? 1e6 + edge.width : edge.width;
}

/** Several edges of one pair lie side by side. @param {SceneEdge[]} edges */
function spread(edges) {
  /** @type {Map<number, SceneEdge>} */
  const first = new Map();
  /** @type {Map<SceneEdge, SceneEdge[]>} */
  const several = new Map();
  for (const e of edges) {
    const key = e.a.i < e.b.i ? e.a.i * 2 ** 26 + e.b.i : e.b.i * 2 ** 26 + e.a.i;
    const before = first.get(key);
    if (!before) first.set(key, e);
    else several.set(before, [...(several.get(before) ?? [before]), e]);
  }
  for (const side of several.values())
    for (const [i, e] of side.entries()) e.shift = (i - (side.length - 1) / 2) * 3.5 * (e.a.id < e.b.id ? 1 : -1);
}

/** @param {SceneEdge[]} edges  Most important first. @returns {Pen[]} */
function pensOf(edges) {
  /** @type {Map<string, Map<number, Pen>>} By colour and change, then by the rest: one string for 20,000 edges each would take its time. */
  const colors = new Map();
  let rank = 0;
  for (const e of edges) {
    const { color, change } = e.edge, dash = e.edge.dash === true;
    const level = e.edge.strong ? LEVELS - 1 : Math.min(LEVELS - 1, Math.floor(e.strength * LEVELS));
    const thick = rank++ < THICK && e.edge.width > 1;
    const name = change ? `${color} ${change}` : color;
    let pens = colors.get(name);
    if (!pens) colors.set(name, (pens = new Map()));
    const key = level * 4 + (thick ? 2 : 0) + (dash ? 1 : 0);
    let pen = pens.get(key);
    if (!pen) pens.set(key, (pen = { color: color || null, level, thick, dash, change, edges: [] }));
    pen.edges.push(e);
    e.pen = pen;
  }
  const pens = [...colors.values()].flatMap((some) => [...some.values()]);
  return pens.sort((p, q) => p.level - q.level || Number(p.thick) - Number(q.thick));
}

/** Radius on the screen: nodes shrink and grow slower than distances, so zooming in clears things up. @param {number} radius @param {number} k [CSS px] */
export function screenRadius(radius, k) {
  return Math.max(2, radius * Math.min(2.4, Math.max(0.3, Math.pow(k, 0.6))));
}

/** Box around all nodes in world units; null when nothing has a place. @param {SceneNode[]} nodes */
export function bounds(nodes) {
  let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
  for (const n of nodes) {
    if (!n.placed) continue;
    const r = n.node.radius;
    x0 = Math.min(x0, n.tx - r);
    y0 = Math.min(y0, n.ty - r);
    x1 = Math.max(x1, n.tx + r);
    y1 = Math.max(y1, n.ty + r);
  }
  return x0 <= x1 ? { x0, y0, x1, y1 } : null;
}

/** Gives a node its place; one that had none appears there. @param {SceneNode} n @param {number} x @param {number} y */
export function place(n, x, y) {
  if (!n.placed) [n.x, n.y] = [x, y];
  [n.tx, n.ty, n.placed] = [x, y, true];
}

/** The node at the other end. @param {SceneEdge} edge @param {SceneNode} node */
export function other(edge, node) {
  return edge.a === node ? edge.b : edge.a;
}
