/** Pointers and the wheel, told as pan, zoom, drag, tap and menu. Each has a twin on the keyboard or a button. */

/** @typedef {import("./scene.js").SceneNode} SceneNode */

/**
 * Points are in CSS px from the corner of the element.
 * @typedef {object} Hands
 * @property {(x: number, y: number) => SceneNode | null} nodeAt
 * @property {(dx: number, dy: number) => void} pan
 * @property {(factor: number, x: number, y: number) => void} zoom
 * @property {(node: SceneNode, x: number, y: number) => void} drag
 * @property {(node: SceneNode) => void} drop
 * @property {(x: number, y: number, event: PointerEvent) => void} tap
 * @property {(x: number, y: number, event: MouseEvent) => void} expand  Double click.
 * @property {(x: number, y: number, event: MouseEvent) => void} menu
 * @property {(x: number | null, y: number) => void} hover  Null: the pointer has left.
 */

const STILL = 5; // a pointer that moves less taps [CSS px]
const LONG = 500; // press for the menu [ms]

export class Gestures {
  /** @type {Map<number, {x: number, y: number}>} */ #down = new Map();
  /** @type {SceneNode | null} */ #held = null;
  /** From the held node's middle to where it was taken. */ #grip = { x: 0, y: 0 };
  #moved = false;
  #origin = { x: 0, y: 0 };
  #press = 0;
  #element;
  #hands;
  #ends = new AbortController();

  /** @param {HTMLElement} element @param {Hands} hands @param {(node: SceneNode) => [number, number]} spot  Where a node is in the picture. */
  constructor(element, hands, spot) {
    this.#element = element;
    this.#hands = hands;
    this.spot = spot;
    const { signal } = this.#ends;
    element.addEventListener("pointerdown", this.#start, { signal });
    element.addEventListener("pointermove", this.#move, { signal });
    element.addEventListener("pointerup", this.#up, { signal });
    element.addEventListener("pointercancel", this.#lost, { signal });
    element.addEventListener("pointerleave", () => hands.hover(null, 0), { signal });
    element.addEventListener("wheel", this.#wheel, { signal, passive: false });
    element.addEventListener("dblclick", (e) => hands.expand(...this.#at(e), e), { signal });
    element.addEventListener("contextmenu", this.#menu, { signal });
  }

  /** Listens no more. */
  close() {
    clearTimeout(this.#press);
    this.#ends.abort();
  }

  /** @param {MouseEvent} e @returns {[number, number]} */
  #at(e) {
    const box = this.#element.getBoundingClientRect();
    return [e.clientX - box.left, e.clientY - box.top];
  }

  /** @param {PointerEvent} e */
  #start = (e) => {
    if (e.button !== 0) return;
    const [x, y] = this.#at(e);
    this.#element.setPointerCapture(e.pointerId);
    this.#down.set(e.pointerId, { x, y });
    clearTimeout(this.#press);
    if (this.#down.size > 1) return this.#drop();
    [this.#moved, this.#origin] = [false, { x, y }];
    this.#hold(this.#hands.nodeAt(x, y), x, y);
    if (e.pointerType !== "mouse") this.#press = window.setTimeout(() => this.#long(x, y, e), LONG);
  };

  /** @param {SceneNode | null} node @param {number} x @param {number} y */
  #hold(node, x, y) {
    this.#held = node;
    if (!node) return;
    const [nx, ny] = this.spot(node);
    this.#grip = { x: x - nx, y: y - ny };
  }

  /** @param {number} x @param {number} y @param {PointerEvent} e */
  #long(x, y, e) {
    if (this.#moved) return;
    this.#moved = true; // lifting the finger is no tap
    this.#held = null;
    this.#hands.menu(x, y, e);
  }

  /** @param {PointerEvent} e */
  #move = (e) => {
    const [x, y] = this.#at(e), before = this.#down.get(e.pointerId);
    if (!before) return this.#hands.hover(x, y);
    if (this.#down.size === 2) return this.#pinch(e.pointerId, before, { x, y });
    if (!this.#moved && Math.hypot(x - this.#origin.x, y - this.#origin.y) < STILL) return;
    if (!this.#moved) clearTimeout(this.#press);
    this.#moved = true;
    this.#down.set(e.pointerId, { x, y });
    if (this.#held) this.#hands.drag(this.#held, x - this.#grip.x, y - this.#grip.y);
    else this.#hands.pan(x - before.x, y - before.y);
  };

  /** Two fingers: the picture follows both. @param {number} id @param {{x: number, y: number}} before @param {{x: number, y: number}} now */
  #pinch(id, before, now) {
    const still = [...this.#down].find(([other]) => other !== id)?.[1];
    if (!still) return;
    this.#moved = true;
    const apart = (/** @type {{x: number, y: number}} */ p) => Math.max(8, Math.hypot(p.x - still.x, p.y - still.y));
    this.#hands.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    this.#hands.zoom(apart(now) / apart(before), (now.x + still.x) / 2, (now.y + still.y) / 2);
    this.#down.set(id, now);
  }

  /** @param {PointerEvent} e */
  #up = (e) => {
    if (!this.#down.delete(e.pointerId)) return;
    clearTimeout(this.#press);
    if (this.#moved) return this.#drop();
    this.#held = null;
    this.#hands.tap(...this.#at(e), e);
  };

  /** @param {PointerEvent} e */
  #lost = (e) => {
    this.#down.delete(e.pointerId);
    clearTimeout(this.#press);
    this.#drop();
  };

  #drop() {
    if (this.#held && this.#moved) this.#hands.drop(this.#held);
    this.#held = null;
  }

  /** @param {WheelEvent} e */
  #wheel = (e) => {
    e.preventDefault();
    const lines = e.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : e.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 400 : 1;
    const speed = e.ctrlKey ? 0.01 : 0.0016; // a pinch on a touchpad comes as a wheel with Ctrl and small steps
    this.#hands.zoom(Math.exp(-Math.max(-300, Math.min(300, e.deltaY * lines)) * speed), ...this.#at(e));
  };

  /** The keyboard's menu is handled with the keys, a long press by its own clock. @param {MouseEvent} e */
  #menu = (e) => {
    e.preventDefault();
    if (e.button === 2) this.#hands.menu(...this.#at(e), e);
  };
}
