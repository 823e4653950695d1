/** Asks the worker for a layout; the main thread only packs numbers and takes them back. */

/** @typedef {import("./types.js").Layout} Layout */
/** @typedef {import("./scene.js").Scene} Scene */
/** Places, in the order of the scene's nodes. @typedef {{xy: Float32Array, alpha: number, done: boolean}} Batch */

const FREE = 0, KEPT = 1, PINNED = 2;

export class LayoutClient {
  /** @type {Worker | null} */ #worker = null;
  #run = 0;
  /** @type {((batch: {id: number, xy: Float32Array, alpha: number, done: boolean}) => void) | null} */ #take = null;

  /** Is one under way? */
  get busy() {
    return this.#take !== null;
  }

  /**
   * Lays the scene out; a run under way is dropped. The last batch has `done`.
   * @param {Scene} scene @param {Layout} layout  Nodes with a position are kept (they move little) or pinned (they do not).
   * @param {(batch: Batch) => void} take
   */
  run(scene, layout, take) {
    this.cancel();
    const id = ++this.#run;
    this.#take = (batch) => {
      if (batch.id !== id) return;
      if (batch.done) this.#take = null;
      take(batch);
    };
    const worker = this.#listen();
    setTimeout(() => { // a task of its own: building a large scene has taken its share already
      if (this.#run === id && this.#take) worker.postMessage({ type: "run", id, seed: layout.seed, ...pack(scene, layout) });
    });
  }

  /** Stops; what has been posted is still thrown away. */
  cancel() {
    if (this.#take) this.#worker?.postMessage({ type: "cancel", id: this.#run });
    this.#take = null;
  }

  /** Ends the worker. */
  close() {
    this.cancel();
    this.#worker?.terminate();
    this.#worker = null;
  }

  /** @returns {Worker} */
  #listen() {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL("./layout-worker.js", import.meta.url));
    worker.onmessage = (event) => this.#take?.(event.data);
    this.#worker = worker;
    return worker;
  }
}

/**
 * Plain arrays in the order given; the worker puts them in an order of its own, so that this order does not matter.
 * @param {Scene} scene @param {Layout} layout
 */
export function pack({ nodes, edges }, layout) {
  const known = nodes.map((n) => layout.positions.get(n.id));
  return {
    ids: nodes.map((n) => n.id),
    groups: nodes.map((n) => (n.node.group === undefined ? null : String(n.node.group))),
    radius: Float32Array.from(nodes, (n) => n.node.radius),
    x: Float32Array.from(known, (p) => p?.[0] ?? 0),
    y: Float32Array.from(known, (p) => p?.[1] ?? 0),
    state: Uint8Array.from(nodes, (n, i) => (known[i] ? (layout.pinned.has(n.id) ? PINNED : KEPT) : FREE)),
    a: Int32Array.from(edges, (e) => e.a.i),
    b: Int32Array.from(edges, (e) => e.b.i),
    weight: Float32Array.from(edges, (e) => e.strength),
  };
}
