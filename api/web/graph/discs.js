/** Plain nodes as small pictures made once: copying one costs a fraction of filling two shapes. */

import { fillShape } from "./nodes.js";

/** @typedef {import("./types.js").GraphNode} GraphNode */
/** @typedef {import("./types.js").Theme} Theme */
/** @typedef {import("./draw.js").Context} Context */

const KEPT = 3000;

export class Discs {
  /** @type {Map<string, OffscreenCanvas>} */ #pictures = new Map();
  #ground = "";
  #ratio = 0;

  /** Forgets what was made for another look. @param {Theme} theme @param {number} ratio */
  use(theme, ratio) {
    if (theme.ground === this.#ground && ratio === this.#ratio) return;
    [this.#ground, this.#ratio] = [theme.ground, ratio];
    this.#pictures.clear();
  }

  /** At whole device px, radius to half a px: what makes copying quick. @param {Context} ctx @param {GraphNode} node @param {number} x @param {number} y @param {number} r */
  draw(ctx, node, x, y, r) {
    const steps = Math.round(r * 2);
    const key = `${node.shape} ${node.color} ${steps}`;
    let picture = this.#pictures.get(key);
    if (!picture) {
      if (this.#pictures.size > KEPT) this.#pictures.clear();
      this.#pictures.set(key, (picture = this.#paint(node, steps / 2)));
    }
    const ratio = this.#ratio, size = picture.width;
    const left = Math.round(x * ratio - size / 2), top = Math.round(y * ratio - size / 2);
    ctx.drawImage(picture, left / ratio, top / ratio, size / ratio, size / ratio);
  }

  /** @param {GraphNode} node @param {number} r @returns {OffscreenCanvas} */
  #paint(node, r) {
    const rim = r > 4 ? 1.5 : 0.75;
    const size = 2 * Math.ceil((1.2 * (r + rim) + 1) * this.#ratio);
    const picture = new OffscreenCanvas(size, size);
    const ctx = /** @type {OffscreenCanvasRenderingContext2D} */ (picture.getContext("2d"));
    ctx.scale(this.#ratio, this.#ratio);
    const middle = size / 2 / this.#ratio;
    fillShape(ctx, node.shape, middle, middle, r + rim, this.#ground, 1);
    fillShape(ctx, node.shape, middle, middle, r, node.color, 1);
    return picture;
  }
}
