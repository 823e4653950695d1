/** What lies under a point of the picture. */

import { quadtree } from "../vendor/d3-quadtree/d3-quadtree.min.mjs";
import { ends } from "./draw.js";
import { screenRadius } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./scene.js").SceneEdge} SceneEdge */
/** @typedef {import("./types.js").View} View */

const TARGET = 12; // half the least size of a target (WCAG 2.5.8) [CSS px]
const EDGE = 6; // how near to an edge is on it [CSS px]

export class Finder {
  /** @type {import("../vendor/d3-quadtree/d3-quadtree.min.mjs").Quadtree<SceneNode> | null} */ #tree = null;
  #largest = 0;

  /** Nodes have moved, or are others. */
  reset() {
    this.#tree = null;
  }

  /**
   * The node there: the one whose rim is nearest, and small ones have a target of 24 px.
   * @param {Scene} scene @param {View} view @param {number} px @param {number} py @returns {SceneNode | null}
   */
  node(scene, view, px, py) {
    this.#tree ??= this.#build(scene);
    const x = view.x + (px - view.width / 2) / view.k, y = view.y + (py - view.height / 2) / view.k;
    const reach = Math.max(TARGET, screenRadius(this.#largest, view.k)) / view.k;
    /** @type {SceneNode | null} */ let best = null;
    let nearest = Infinity;
    this.#tree.visit((quad, x0, y0, x1, y1) => {
      if (x0 > x + reach || x1 < x - reach || y0 > y + reach || y1 < y - reach) return true;
      if (quad.length) return false;
      for (let leaf = /** @type {typeof quad | undefined} */ (quad); leaf; leaf = leaf.next) {
        const n = leaf.data, r = screenRadius(n.node.radius, view.k);
        const away = Math.hypot(n.x - x, n.y - y) * view.k;
        if (away > Math.max(TARGET, r + 2) || away - r >= nearest) continue;
        [best, nearest] = [n, away - r];
      }
      return false;
    });
    return best;
  }

  /** The edge there, the most important of the nearest. @param {Scene} scene @param {View} view @param {number} px @param {number} py @returns {SceneEdge | null} */
  edge(scene, view, px, py) {
    /** @type {SceneEdge | null} */ let best = null;
    let nearest = EDGE;
    for (const e of scene.edges) {
      if (!e.a.placed || !e.b.placed) continue;
      const away = toSegment(px, py, ...ends(e, view));
      if (away < nearest - 0.01) [best, nearest] = [e, away];
    }
    return best;
  }

  /** @param {Scene} scene */
  #build(scene) {
    this.#largest = scene.byRadius[0]?.node.radius ?? 0;
    return quadtree(scene.nodes.filter((n) => n.placed), (n) => n.x, (n) => n.y);
  }
}

/** Distance of a point from a segment. @param {number} px @param {number} py @param {number} ax @param {number} ay @param {number} bx @param {number} by */
export function toSegment(px, py, ax, ay, bx, by) {
  const dx = bx - ax, dy = by - ay, square = dx * dx + dy * dy;
  const t = square === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / square));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}
