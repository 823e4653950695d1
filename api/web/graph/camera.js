/** Zoom and pan as numbers: no element, no event. World and screen meet at the middle of the picture. */

/** @typedef {import("./types.js").View} View */
/** @typedef {{x0: number, y0: number, x1: number, y1: number}} Box */

export const NEAREST = 8;
export const FARTHEST = 0.02;
const PADDING = 56; // around a fitted graph: room for labels [CSS px]
const FLIGHT = 260; // of a moving camera [ms]

export class Camera {
  x = 0;
  y = 0;
  k = 1;
  width = 1;
  height = 1;
  /** @type {{from: View, to: View, start: number} | null} */ #flight = null;

  /** @returns {View} */
  get view() {
    return { x: this.x, y: this.y, k: this.k, width: this.width, height: this.height };
  }

  get flying() {
    return this.#flight !== null;
  }

  /** World coordinates of a point of the picture. @param {number} px @param {number} py @returns {[number, number]} */
  toWorld(px, py) {
    return [this.x + (px - this.width / 2) / this.k, this.y + (py - this.height / 2) / this.k];
  }

  /** @param {number} dx @param {number} dy  How far the picture moves [CSS px]. */
  panBy(dx, dy) {
    this.#flight = null;
    this.x -= dx / this.k;
    this.y -= dy / this.k;
  }

  /** The point under (px, py) stays where it is. @param {number} factor @param {number} [px] @param {number} [py] */
  zoomBy(factor, px = this.width / 2, py = this.height / 2) {
    this.#flight = null;
    const [wx, wy] = this.toWorld(px, py);
    this.k = clamp(this.k * factor);
    this.x = wx - (px - this.width / 2) / this.k;
    this.y = wy - (py - this.height / 2) / this.k;
  }

  /** The view that shows a whole box. @param {Box} box @param {number} [closest]  Zoom not to go beyond. @returns {View} */
  fitted(box, closest = 1.6) {
    const room = (/** @type {number} */ side) => Math.max(40, side - 2 * Math.min(PADDING, side / 8));
    const k = Math.min(room(this.width) / Math.max(1, box.x1 - box.x0), room(this.height) / Math.max(1, box.y1 - box.y0), closest);
    return { ...this.view, x: (box.x0 + box.x1) / 2, y: (box.y0 + box.y1) / 2, k: clamp(k) };
  }

  /** @param {View} to @param {number | null} now  Null: at once, without a flight [ms]. */
  go(to, now = null) {
    this.#flight = now === null ? null : { from: this.view, to, start: now };
    if (now === null) [this.x, this.y, this.k] = [to.x, to.y, to.k];
  }

  /** Moves along the flight; false when it is over. @param {number} now [ms] */
  advance(now) {
    if (!this.#flight) return false;
    const { from, to, start } = this.#flight;
    const t = Math.min(1, Math.max(0, (now - start) / FLIGHT)), eased = 1 - Math.pow(1 - t, 3);
    const between = (/** @type {number} */ p, /** @type {number} */ q) => p + (q - p) * eased;
    [this.x, this.y] = [between(from.x, to.x), between(from.y, to.y)];
    this.k = from.k * Math.pow(to.k / from.k, eased);
    if (t === 1) this.#flight = null;
    return true;
  }
}

/** @param {number} k */
function clamp(k) {
  return Math.min(NEAREST, Math.max(FARTHEST, k));
}
