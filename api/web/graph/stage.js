/**
 * Two canvases over each other, edges (where there are many) below, nodes and names above, and when they are drawn: only after a change, at the
 * display's pace. What moves gets the edges a frame can afford; at rest the remaining ones follow, a slice per frame, so
 * that no single task is long.
 */

import { Camera } from "./camera.js";
import { drawEdges, drawLit, drawPartial, inSight, scaled, start } from "./draw.js";
import { Discs } from "./discs.js";
import { Fading } from "./fading.js";
import { placeLabels } from "./labels.js";
import { drawMarks, drawNodes, drawPartialNode } from "./nodes.js";
import { bounds, buildScene } from "./scene.js";
import { TextPainter } from "./text.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./scene.js").SceneEdge} SceneEdge */
/** @typedef {import("./types.js").Theme} Theme */
/** @typedef {import("./nodes.js").Marks} Marks */
/** @typedef {import("./draw.js").Context} Context */

const REST = 140; // nothing has moved for so long: the remaining edges are drawn [ms]
const DIMMED = 0.28; // edges beside those that are looked at
const GLIDE = 0.28; // of the way to its place that a node moves per frame
const NAMES = 20; // names painted for the first time, per frame
const FEW = 2500; // edges up to which all is drawn at once, on one canvas
const GLIDING = 1500; // nodes up to which they glide; more jump

/** Line length one frame can afford, learnt from the pace of frames that follow each other. */
export class Budget {
  value = 8e5; // device px: about 9 ms without a GPU
  #last = 0;
  #mean = 17;

  /** @param {number} now [ms] */
  frame(now) {
    const gap = now - this.#last;
    this.#last = now;
    if (gap > 200) return; // there was a pause
    this.#mean += (gap - this.#mean) * 0.1;
    if (this.#mean < 18) this.value = Math.min(8e6, this.value * 1.01);
    else if (this.#mean > 24) this.value = Math.max(6e5, this.value * 0.97);
  }
}

export class Stage {
  scene = buildScene({ nodes: [], edges: [] });
  camera = new Camera();
  /** @type {Theme} */ theme = { ground: "#fff", label: "#111", quiet: "#555", edge: "#888", focus: "#c60", select: "#15b", added: "#174", gone: "#b22", font: "sans-serif", dark: false };
  /** @type {Marks} */ marks = { selected: new Set(), pinned: new Set(), focus: null, hover: null, lit: null };
  /** Edges drawn again above the faded ones. @type {ReadonlySet<SceneEdge>} */ litEdges = new Set();
  painter = new TextPainter();
  #discs = new Discs();
  frames = 0;
  glides = true;
  fading = new Fading();
  /** Names as last drawn. @type {import("./labels.js").Label[]} */ #labels = [];
  #lower;
  #upper;
  #ratio = 1;
  #fit = 1;
  #request = 0;
  #edgesDirty = true;
  #nodesDirty = true;
  #moving = false;
  #unnamed = false; // some names are still to be drawn
  #moved = 0;
  #budget = new Budget();
  #progress = start(this.scene);
  #afterGlide;

  /** @param {HTMLElement} host @param {() => void} afterGlide  Called whenever nodes have moved. */
  constructor(host, afterGlide) {
    this.#lower = layer(host, "edges");
    this.#upper = layer(host, "nodes");
    this.#afterGlide = afterGlide;
  }

  /** Something else is to be shown from the next frame on. @param {"all" | "nodes"} [what] */
  change(what = "all") {
    if (what === "all") this.#edgesDirty = true;
    this.#nodesDirty = true;
    if (!this.#request) this.#request = requestAnimationFrame(this.#frame);
  }

  /** Another scene: nodes that were there keep their places; what comes and goes fades. @param {Scene} scene */
  show(scene) {
    const before = this.scene;
    for (const n of scene.nodes) {
      const old = before.index.get(n.id);
      if (old?.placed) [n.x, n.y, n.tx, n.ty, n.placed] = [old.x, old.y, old.tx, old.ty, true];
    }
    if (this.glides) this.fading.change(before, scene, this.#labels, this.camera.view);
    this.scene = scene;
  }

  /** Nodes have new places: they glide there, or jump. */
  places() {
    const box = bounds(this.scene.nodes);
    if (box) this.#fit = this.camera.fitted(box, Infinity).k;
    this.#moving = this.glides && this.scene.nodes.length <= GLIDING;
    if (!this.#moving) for (const n of this.scene.nodes) [n.x, n.y] = [n.tx, n.ty];
    this.#afterGlide();
    this.change();
  }

  /** Size of the host in CSS px. @param {number} width @param {number} height */
  resize(width, height) {
    this.#ratio = window.devicePixelRatio || 1;
    [this.camera.width, this.camera.height] = [Math.max(1, width), Math.max(1, height)];
    for (const { canvas } of [this.#lower, this.#upper]) {
      canvas.width = Math.round(width * this.#ratio);
      canvas.height = Math.round(height * this.#ratio);
    }
    this.places();
  }

  /** Stops drawing. */
  close() {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
  }

  /** @param {number} now [ms] */
  #frame = (now) => {
    this.#request = 0;
    this.frames++;
    const flew = this.camera.advance(now), glided = this.#moving && this.#glide();
    if (this.fading.busy) this.fading.step(this.scene, now);
    if (flew || glided) this.#edgesDirty = this.#nodesDirty = true;
    if (this.scene.edges.length <= FEW) this.#drawFew();
    else this.#drawMany(now);
    this.#edgesDirty = false;
    this.#nodesDirty = this.#unnamed || this.fading.moving;
    if (this.#nodesDirty || this.camera.flying || this.#moving || !this.#progress.done) this.#request ||= requestAnimationFrame(this.#frame);
  };

  /** All on the upper canvas: a second one to lay below costs more than so few edges. */
  #drawFew() {
    if (!this.#edgesDirty && !this.#nodesDirty) return;
    this.#lower.canvas.style.display = "none";
    clear(this.#upper, this.#ratio);
    this.#progress = start(this.scene);
    this.#edges(this.#upper, this.#ratio, Infinity);
    this.#above(this.#upper, this.#ratio, NAMES);
  }

  /** @param {number} now [ms] */
  #drawMany(now) {
    this.#lower.canvas.style.display = "";
    if (this.#edgesDirty) {
      this.#budget.frame(now);
      this.#progress = start(this.scene);
      this.#moved = now;
      clear(this.#lower, this.#ratio);
      this.#edges(this.#lower, this.#ratio, this.#budget.value);
    } else if (!this.#progress.done && now - this.#moved > REST) this.#edges(this.#lower, this.#ratio, this.#budget.value);
    if (!this.#nodesDirty) return;
    clear(this.#upper, this.#ratio);
    this.#above(this.#upper, this.#ratio, NAMES);
  }

  /** Each node part of the way to its place; false when all are there. */
  #glide() {
    let farthest = 0;
    for (const n of this.scene.nodes) {
      const dx = n.tx - n.x, dy = n.ty - n.y;
      n.x += dx * GLIDE;
      n.y += dy * GLIDE;
      farthest = Math.max(farthest, Math.abs(dx), Math.abs(dy));
    }
    this.#moving = farthest * this.camera.k > 0.3;
    if (!this.#moving) for (const n of this.scene.nodes) [n.x, n.y] = [n.tx, n.ty];
    this.#afterGlide();
    return true;
  }

  /** @param {Context} ctx @param {number} ratio @param {number} budget @param {import("./draw.js").Progress} [progress] */
  #edges(ctx, ratio, budget, progress = this.#progress) {
    const { scene, theme, fading } = this, view = this.camera.view, seen = inSight(scene, view, this.#fit);
    const dim = this.marks.lit ? DIMMED : 1;
    drawEdges(ctx, scene, view, theme, { progress, budget, seen, dim, ratio, without: fading.comingEdges });
    if (fading.busy) drawPartial(ctx, fading.edges, view, theme, { seen, dim, ratio });
  }

  /** Everything above the edges. @param {Context} ctx @param {number} ratio @param {number} names  New ones at most. */
  #above(ctx, ratio, names) {
    const { scene, theme, marks } = this, view = this.camera.view;
    drawLit(ctx, this.litEdges, view, theme, ratio);
    this.#discs.use(theme, ratio);
    this.#nodes(ctx, view);
    const first = this.#named();
    for (const n of first) drawMarks(ctx, n, view, theme, marks);
    this.painter.use(theme, ratio);
    this.#labels = placeLabels(scene, view, this.painter, { first, lit: marks.lit });
    const { fading } = this, presence = fading.busy ? (/** @type {SceneNode} */ n) => fading.node(n) : null;
    const labels = fading.busy ? [...fading.names(view), ...this.#labels] : this.#labels;
    this.#unnamed = !this.painter.draw(ctx, labels, { theme, ratio, most: names, presence });
  }

  /** @param {Context} ctx @param {import("./types.js").View} view */
  #nodes(ctx, view) {
    const { scene, theme, marks, fading } = this, discs = this.#discs;
    if (!fading.busy) return drawNodes(ctx, scene.byRadius, view, theme, marks, discs);
    const { coming } = fading.ids, partial = new Set(coming);
    for (const n of [...fading.gone, ...coming.flatMap((id) => scene.index.get(id) ?? [])]) drawPartialNode(ctx, n, fading.node(n), view, marks, discs);
    drawNodes(ctx, scene.byRadius.filter((n) => !partial.has(n.id)), view, theme, marks, discs);
  }

  /** Nodes that are always named: those the person is at. @returns {SceneNode[]} */
  #named() {
    const { selected, focus, hover } = this.marks;
    const ids = new Set([hover, focus, ...selected]);
    return [...ids].flatMap((id) => (id === null ? [] : (this.scene.index.get(id) ?? []))).filter((n) => n.placed);
  }

  /** What is seen now, larger by `scale`, with all edges. @param {number} scale @returns {Promise<Blob>} */
  picture(scale) {
    const { width, height } = this.camera;
    this.fading.stop();
    const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
    const ctx = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    scaled(ctx, scale);
    ctx.fillStyle = this.theme.ground;
    ctx.fillRect(0, 0, width, height);
    const kept = [this.painter, this.#discs, this.#unnamed];
    [this.painter, this.#discs] = [new TextPainter(), new Discs()]; // the screen's own pictures have another size
    this.#edges(ctx, scale, Infinity, start(this.scene));
    this.#above(ctx, scale, Infinity);
    [this.painter, this.#discs, this.#unnamed] = /** @type {[TextPainter, Discs, boolean]} */ (kept);
    return canvas.convertToBlob({ type: "image/png" });
  }
}

/** A canvas over the whole host. @param {HTMLElement} host @param {string} name @returns {CanvasRenderingContext2D} */
function layer(host, name) {
  const canvas = document.createElement("canvas");
  canvas.className = `layer ${name}`;
  canvas.setAttribute("aria-hidden", "true");
  host.append(canvas);
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/** @param {CanvasRenderingContext2D} ctx @param {number} ratio */
function clear(ctx, ratio) {
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
  scaled(ctx, ratio);
}
