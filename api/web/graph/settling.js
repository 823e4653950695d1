/** Where the nodes of a map are: places given, found by the worker, moved by hand, kept by pins. */

import { LayoutClient } from "./layout.js";
import { place } from "./scene.js";

/** @typedef {import("./types.js").Layout} Layout */
/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./layout.js").Batch} Batch */

export class Settling {
  /** @type {Layout} */ layout = { seed: 1, positions: new Map(), pinned: new Set() };
  #client = new LayoutClient();
  #waiting = false;
  #stage;
  #heard;

  /**
   * @param {() => Stage | null} stage
   * @param {{placed: () => void, laid: (stage: Stage) => void}} heard  Nodes have places, for now or for good.
   */
  constructor(stage, heard) {
    this.#stage = stage;
    this.#heard = heard;
  }

  /** Is a layout under way? */
  get busy() {
    return this.#waiting || this.#client.busy;
  }

  /** A copy of what is given, from which all are placed anew. @param {Layout} layout */
  start(layout) {
    this.layout = { seed: layout.seed, positions: new Map(layout.positions), pinned: new Set(layout.pinned) };
    this.settle();
  }

  /** Only pinned nodes keep their places. */
  again() {
    const { seed, positions, pinned } = this.layout;
    this.layout = { seed, pinned, positions: new Map([...positions].filter(([id]) => pinned.has(id))) };
    this.settle();
  }

  /** Gives nodes their places, in the next microtask, so that graph and layout may be set one after the other. */
  settle() {
    this.#client.cancel();
    if (this.#waiting || !this.#stage()) return;
    this.#waiting = true;
    queueMicrotask(() => {
      this.#waiting = false;
      const stage = this.#stage();
      if (stage) this.#place(stage);
    });
  }

  /** A node is put somewhere by hand. @param {SceneNode} n @param {number} x @param {number} y  World. */
  put(n, x, y) {
    place(n, x, y);
    [n.x, n.y] = [x, y];
    this.layout.positions.set(n.id, [x, y]);
  }

  /** Ends the worker. */
  close() {
    this.#client.close();
  }

  /** @param {Stage} stage */
  #place(stage) {
    const { scene } = stage, { positions } = this.layout;
    let missing = false;
    for (const n of scene.nodes) {
      const at = positions.get(n.id);
      if (at) place(n, at[0], at[1]);
      else missing = true;
    }
    stage.places();
    this.#heard.placed();
    if (missing) this.#client.run(scene, this.layout, (batch) => this.#take(stage, batch));
    else this.#heard.laid(stage);
  }

  /** @param {Stage} stage @param {Batch} batch */
  #take(stage, { xy, done }) {
    const { positions } = this.layout;
    for (const [i, n] of stage.scene.nodes.entries()) {
      const x = xy[2 * i] ?? 0, y = xy[2 * i + 1] ?? 0;
      place(n, x, y);
      if (done) positions.set(n.id, [x, y]);
    }
    stage.places();
    this.#heard.placed();
    if (done) this.#heard.laid(stage);
  }
}
