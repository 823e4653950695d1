/** Names drawn from small pictures made once: a halo costs far more than a copy. */

import { LINE, SIZE, SUB_LINE, SUB_SIZE } from "./labels.js";
import { ellipsis } from "./names.js";

/** @typedef {import("./labels.js").Label} Label */
/** @typedef {import("./types.js").Theme} Theme */
/** @typedef {import("./draw.js").Context} Context */
/** @typedef {"name" | "sub" | "bold"} Font */

const KEPT = 900; // pictures and widths remembered

/** CSS font of a kind of text. @param {Font} kind @param {string} family */
export function fontOf(kind, family) {
  if (kind === "sub") return `${SUB_SIZE}px ${family}`;
  return `${kind === "bold" ? "600 " : ""}${SIZE}px ${family}`;
}

export class TextPainter {
  /** @type {Map<string, number>} */ #widths = new Map();
  /** @type {Map<string, string>} */ #short = new Map();
  /** @type {Map<string, OffscreenCanvas>} */ #pictures = new Map();
  #ruler = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));
  #family = "sans-serif";
  #key = "";

  /** Forgets what was made for another look. @param {Theme} theme @param {number} ratio */
  use(theme, ratio) {
    const key = [theme.font, theme.label, theme.quiet, theme.ground, ratio].join("|");
    if (key === this.#key) return;
    if (theme.font !== this.#family) for (const kept of [this.#widths, this.#short]) kept.clear();
    [this.#key, this.#family] = [key, theme.font];
    this.#pictures.clear();
  }

  /** Width [CSS px]. @param {string} text @param {Font} kind @returns {number} */
  measure = (text, kind) => {
    const key = kind + text;
    let width = this.#widths.get(key);
    if (width === undefined) {
      this.#ruler.font = fontOf(kind, this.#family);
      width = this.#ruler.measureText(text).width;
      if (this.#widths.size > 20 * KEPT) this.#widths.clear();
      this.#widths.set(key, width);
    }
    return width;
  };

  /** Cut to fit, once: finding where to cut measures many beginnings. @param {string} text @param {Font} kind @param {number} room [CSS px] @returns {string} */
  shorten = (text, kind, room) => {
    const key = `${kind} ${room} ${text}`;
    let short = this.#short.get(key);
    if (short === undefined) {
      short = ellipsis(text, room, (t) => this.measure(t, kind));
      if (this.#short.size > 20 * KEPT) this.#short.clear();
      this.#short.set(key, short);
    }
    return short;
  };

  /**
   * Draws them, making at most so many new pictures; false when some are left for the next frame.
   * @param {Context} ctx @param {Label[]} labels
   * @param {{theme: Theme, ratio: number, most: number, presence: ((node: Label["node"]) => number) | null}} how  presence: how much of a name is there; null: all of each.
   */
  draw(ctx, labels, { theme, ratio, most, presence }) {
    let left = most;
    ctx.save();
    ctx.setTransform(1, 0, 0, 1, 0, 0); // whole device px: letters stay sharp
    for (const label of labels) {
      const key = `${label.bold} ${label.text} ${label.sub}`;
      let picture = this.#pictures.get(key);
      if (!picture) {
        if (left-- <= 0) continue;
        picture = this.#keep(key, this.#paint(label, theme, ratio));
      }
      if (presence) ctx.globalAlpha = presence(label.node);
      ctx.drawImage(picture, Math.round(label.x * ratio - picture.width / 2), Math.round((label.y - 2) * ratio));
    }
    ctx.restore();
    return left >= 0;
  }

  /** @param {string} key @param {OffscreenCanvas} picture */
  #keep(key, picture) {
    if (this.#pictures.size > KEPT) this.#pictures.clear();
    this.#pictures.set(key, picture);
    return picture;
  }

  /** @param {Label} label @param {Theme} theme @param {number} ratio @returns {OffscreenCanvas} */
  #paint(label, theme, ratio) {
    const kind = label.bold ? "bold" : "name";
    const width = Math.max(this.measure(label.text, kind), label.sub ? this.measure(label.sub, "sub") : 0) + 8;
    const height = LINE + (label.sub ? SUB_LINE : 0) + 4;
    const picture = new OffscreenCanvas(Math.ceil(width * ratio), Math.ceil(height * ratio));
    const ctx = /** @type {OffscreenCanvasRenderingContext2D} */ (picture.getContext("2d"));
    ctx.scale(ratio, ratio);
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    write(ctx, label.text, fontOf(kind, theme.font), theme.label, theme.ground, width / 2, 2 + LINE / 2);
    if (label.sub) write(ctx, label.sub, fontOf("sub", theme.font), theme.quiet, theme.ground, width / 2, 2 + LINE + SUB_LINE / 2 - 1);
    return picture;
  }
}

/** @param {OffscreenCanvasRenderingContext2D} ctx @param {string} text @param {string} font @param {string} color @param {string} halo @param {number} x @param {number} y */
function write(ctx, text, font, color, halo, x, y) {
  ctx.font = font;
  ctx.strokeStyle = halo;
  ctx.lineWidth = 3.5;
  ctx.globalAlpha = 0.85;
  ctx.strokeText(text, x, y);
  ctx.globalAlpha = 1;
  ctx.fillStyle = color;
  ctx.fillText(text, x, y);
}
