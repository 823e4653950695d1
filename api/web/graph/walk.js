/** From node to node along edges, by direction or in turn: moves of the keyboard as in Data Navigator (Elavsky et al. 2023). */

import { other } from "./scene.js";

/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {"left" | "right" | "up" | "down"} Direction */

/** @type {Record<Direction, [number, number]>} */
const VECTORS = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };
const WIDE = 0.5; // cosine of the widest angle off the direction: 60 degrees

/** Neighbours, strongest tie first. @param {SceneNode} from @returns {SceneNode[]} */
export function neighbours(from) {
  const order = [...from.edges].sort((p, q) => q.strength - p.strength || (other(p, from).id < other(q, from).id ? -1 : 1));
  return [...new Set(order.map((e) => other(e, from)))];
}

/** The neighbour that way: near, and close to the direction; null when none lies within 60 degrees. @param {SceneNode} from @param {Direction} direction @returns {SceneNode | null} */
export function towards(from, direction) {
  const [ux, uy] = VECTORS[direction];
  /** @type {SceneNode | null} */ let best = null;
  let least = Infinity;
  for (const n of neighbours(from)) {
    const dx = n.x - from.x, dy = n.y - from.y, long = Math.hypot(dx, dy) || 1;
    const cosine = (dx * ux + dy * uy) / long;
    const cost = long * (2 - cosine);
    if (cosine >= WIDE && cost < least) [best, least] = [n, cost];
  }
  return best;
}

/** The next neighbour of `hub` after `now` in order of strength, around the end. @param {SceneNode} hub @param {SceneNode | null} now @param {1 | -1} step @returns {SceneNode | null} */
export function inTurn(hub, now, step) {
  const near = neighbours(hub);
  const at = now ? near.indexOf(now) : -1;
  const next = at < 0 ? (step > 0 ? 0 : near.length - 1) : (at + step + near.length) % near.length;
  return near[next] ?? null;
}
