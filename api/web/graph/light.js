/** What is lit and what fades back, from selection, highlight and pointer. */

import { other } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./scene.js").SceneEdge} SceneEdge */

const EDGE_HOVER = 300; // edges drawn again for the node under the pointer

/**
 * @param {Scene} scene
 * @param {{selected: ReadonlySet<string>, highlight: ReadonlySet<string> | null, hover: string | null}} at  Ids.
 * @returns {{lit: Set<SceneNode> | null, edges: Set<SceneEdge>}}  lit: nodes seen in full, null: all; edges: drawn again above the others.
 */
export function lightOf({ index }, { selected, highlight, hover }) {
  const chosen = [...selected].flatMap((id) => index.get(id) ?? []);
  const bright = highlight ? [...highlight].flatMap((id) => index.get(id) ?? []) : null;
  const some = bright ?? chosen.flatMap((n) => [n, ...n.edges.map((e) => other(e, n))]);
  const lit = some.length || bright ? new Set(some) : null;
  const edges = bright ? bright.flatMap((n) => n.edges.filter((e) => lit?.has(other(e, n)))) : chosen.flatMap((n) => n.edges);
  const hovered = hover === null ? [] : (index.get(hover)?.edges ?? []).slice(0, EDGE_HOVER);
  return { lit, edges: new Set([...edges, ...hovered]) };
}
