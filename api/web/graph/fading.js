/**
 * Nodes and edges that come and go fade between two graphs that share some: one sees what changes when the date moves.
 * Everything else stays as it is drawn anyway; nothing is drawn when nothing fades.
 */

import { spot } from "./nodes.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./scene.js").SceneEdge} SceneEdge */
/** @typedef {import("./labels.js").Label} Label */
/** @typedef {import("./types.js").View} View */
/** What goes, when it began to (-1: with the next frame), and its name, from its middle. @typedef {{node: SceneNode, start: number, label: Label | null}} Going */
/** An edge that comes or goes. @typedef {{edge: SceneEdge, start: number}} Partial */

const TIME = 220; // a fade takes [ms]
const MOST = 1500; // nodes of a graph up to which they fade, as they glide
const MOST_EDGES = 2500; // edges up to which these fade too

export class Fading {
  /** Those that come, with when they began to. @type {Map<string, number>} */ #coming = new Map();
  /** @type {Map<string, Going>} */ #going = new Map();
  /** @type {Map<string, Partial>} */ #newEdges = new Map();
  /** @type {Map<string, Partial>} */ #oldEdges = new Map();
  #now = 0;
  /** Is there another step to draw? Who has no place yet waits for it. */ moving = false;

  /** Does anything fade, or wait to? */
  get busy() {
    return this.#coming.size + this.#going.size + this.#newEdges.size + this.#oldEdges.size > 0;
  }

  /** Ids of nodes that fade in and out. */
  get ids() {
    return { coming: [...this.#coming.keys()], going: [...this.#going.keys()] };
  }

  /** Nodes that are no more, to be drawn all the same. @returns {SceneNode[]} */
  get gone() {
    return [...this.#going.values()].map((one) => one.node);
  }

  /** Edges of the scene that are not there in full. @returns {Set<SceneEdge>} */
  get comingEdges() {
    return new Set([...this.#newEdges.values()].map((one) => one.edge));
  }

  /** Edges that come and go, and how much of each is there: never more than of its ends. @returns {[SceneEdge, number][]} */
  get edges() {
    const come = [...this.#newEdges.values()].map((one) => this.#ofEdge(one.edge, this.#share(one.start)));
    return [...come, ...[...this.#oldEdges.values()].map((one) => this.#ofEdge(one.edge, 1 - this.#share(one.start)))];
  }

  /** At once. */
  stop() {
    for (const some of [this.#coming, this.#going, this.#newEdges, this.#oldEdges]) some.clear();
    this.moving = false;
  }

  /**
   * Another graph is shown; one that shares nobody with the last has nothing to fade.
   * @param {Scene} before @param {Scene} after @param {Label[]} labels  As last drawn. @param {View} view  As last drawn.
   */
  change(before, after, labels, view) {
    const stay = before.nodes.some((n) => n.placed && after.index.has(n.id));
    if (!stay || Math.max(before.nodes.length, after.nodes.length) > MOST) return this.stop();
    const known = new Set([...before.nodes.filter((n) => n.placed).map((n) => n.id), ...this.#going.keys()]);
    this.#coming = new Map(after.nodes.flatMap((n) => (known.has(n.id) && !this.#coming.has(n.id) ? [] : [[n.id, this.#coming.get(n.id) ?? -1]])));
    const names = new Map(labels.map((label) => [label.node, label]));
    for (const n of before.nodes) if (n.placed && !after.index.has(n.id)) this.#going.set(n.id, { node: n, start: -1, label: fromMiddle(names.get(n), view) });
    for (const id of this.#going.keys()) if (after.index.has(id)) this.#going.delete(id);
    this.#changeEdges(before, after);
  }

  /** @param {Scene} before @param {Scene} after */
  #changeEdges(before, after) {
    const old = this.#oldEdges, fresh = this.#newEdges;
    [this.#oldEdges, this.#newEdges] = [new Map(), new Map()];
    if (Math.max(before.edges.length, after.edges.length) > MOST_EDGES) return;
    const [was, is] = [keyed(before.edges.filter((e) => e.a.placed && e.b.placed)), keyed(after.edges)];
    for (const [key, edge] of is) if (!was.has(key) || fresh.has(key)) this.#newEdges.set(key, { edge, start: fresh.get(key)?.start ?? -1 });
    const end = (/** @type {SceneNode} */ n) => after.index.get(n.id) ?? this.#going.get(n.id)?.node;
    for (const [key, { edge, start }] of [...old, ...partial(was)]) {
      const a = end(edge.a), b = end(edge.b);
      if (!is.has(key) && a && b) this.#oldEdges.set(key, { edge: { ...edge, a, b }, start });
    }
  }

  /** The next frame: what has faded is done with. @param {Scene} scene @param {number} now [ms] */
  step(scene, now) {
    this.#now = now;
    for (const [id, start] of this.#coming) {
      const node = scene.index.get(id);
      if (!node || (start >= 0 && now - start >= TIME)) this.#coming.delete(id);
      else if (start < 0 && node.placed) this.#coming.set(id, now);
    }
    for (const some of [this.#going, this.#oldEdges, this.#newEdges])
      for (const [key, one] of some) {
        if (one.start < 0) one.start = now;
        else if (now - one.start >= TIME && !("edge" in one && this.#waits(one.edge))) some.delete(key);
      }
    const fades = [...this.#newEdges.values()].some((one) => now - one.start < TIME) || [...this.#coming.values()].some((start) => start >= 0);
    this.moving = fades || this.#going.size + this.#oldEdges.size > 0;
  }

  /** How much of a node is there, 0 to 1. @param {SceneNode} n */
  node(n) {
    const start = this.#coming.get(n.id);
    if (start !== undefined) return start < 0 ? 0 : this.#share(start);
    const going = this.#going.get(n.id);
    return going?.node === n ? 1 - this.#share(going.start) : 1;
  }

  /** @param {SceneEdge} e @param {number} share @returns {[SceneEdge, number]} */
  #ofEdge(e, share) {
    return [e, Math.min(share, this.node(e.a), this.node(e.b))];
  }

  /** Is an end of it still to come? @param {SceneEdge} e */
  #waits({ a, b }) {
    return this.#coming.has(a.id) || this.#coming.has(b.id);
  }

  /** Names of those that go, where they are now. @param {View} view @returns {Label[]} */
  names(view) {
    return [...this.#going.values()].flatMap(({ node, label }) => {
      const [x, y] = spot(node, view);
      return label ? [{ ...label, x: x + label.x, y: y + label.y }] : [];
    });
  }

  /** Slow at both ends. @param {number} start */
  #share(start) {
    const t = start < 0 ? 0 : Math.min(1, Math.max(0, (this.#now - start) / TIME));
    return t * t * (3 - 2 * t);
  }
}

/** @param {Label | undefined} label @param {View} view @returns {Label | null} */
function fromMiddle(label, view) {
  if (!label) return null;
  const [x, y] = spot(label.node, view);
  return { ...label, x: label.x - x, y: label.y - y };
}

/** What an edge is known by in two graphs: its ends, and whether it is a fact. @param {SceneEdge} e */
function keyOf({ a, b, edge }) {
  return `${a.id < b.id ? `${a.id} ${b.id}` : `${b.id} ${a.id}`} ${edge.dash === true}`;
}

/** @param {SceneEdge[]} edges */
function keyed(edges) {
  return new Map(edges.map((edge) => [keyOf(edge), edge]));
}

/** @param {Map<string, SceneEdge>} edges @returns {[string, Partial][]} */
function partial(edges) {
  return [...edges].map(([key, edge]) => [key, { edge, start: -1 }]);
}
