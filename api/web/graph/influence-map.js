/**
 * `<influence-map>`: the canvas a person explores a graph on. It is told what to show by properties and tells what was
 * done by events; it never calls the API and has no text of its own.
 *
 * Events (all bubble): `node-open` {id}, `node-menu` {id, x, y} (client px), `node-expand` {id}, `node-hide` {id},
 * `node-pin` {id, x, y, pinned}, `node-hover` {id | null}, `edge-open` {a, b, edge, x, y}, `selection` {ids},
 * `layout-done` {positions, seed}.
 */

import { Gestures } from "./gestures.js";
import { Finder } from "./hit.js";
import { Keyboard } from "./keyboard.js";
import { lightOf } from "./light.js";
import { spot } from "./nodes.js";
import { bounds, buildScene } from "./scene.js";
import { Settling } from "./settling.js";
import { Stage } from "./stage.js";
import { toSvg } from "./svg.js";
import { readTheme, watchTheme } from "./theme.js";

/** @typedef {import("./types.js").Graph} Graph */
/** @typedef {import("./types.js").Layout} Layout */
/** @typedef {import("./types.js").MapTexts} MapTexts */
/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./scene.js").SceneEdge} SceneEdge */

const NEAR = 0.9; // zoom at least this close when a node is centred

/** @type {MapTexts} */
const SILENT = { label: "", help: "", role: "", node: () => "", none: () => "", selected: () => "", pinned: () => "", hidden: () => "", laid: () => "" };

let serial = 0;

export class InfluenceMap extends HTMLElement {
  /** @type {Stage | null} */ #stage = null;
  /** @type {Graph} */ #graph = { nodes: [], edges: [] };
  /** @type {Set<string>} */ #selected = new Set();
  /** @type {ReadonlySet<string> | null} */ #highlight = null;
  /** @type {MapTexts} */ #texts = SILENT;
  /** @type {string | null} */ #hover = null;
  #keyboard = new Keyboard({
    map: this,
    scene: () => this.#stage?.scene ?? null,
    say: (words) => this.#say(words),
    tell: (type, detail) => this.#tell(type, detail),
    choose: (ids) => this.#choose(ids),
    reveal: (node) => this.#reveal(node),
    changed: () => this.#relight(),
  });
  #finder = new Finder();
  #fitting = true; // until the person moves the camera, it follows the layout
  #settling = new Settling(() => this.#stage, {
    placed: () => { if (this.#fitting) this.fit(false); },
    laid: (stage) => this.#laid(stage),
  });
  /** @type {AbortController | null} */ #ends = null;
  /** @type {Gestures | null} */ #gestures = null;
  #help = document.createElement("p");
  #said = document.createElement("div");

  connectedCallback() {
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    this.tabIndex = 0;
    this.setAttribute("role", "application");
    this.#help.id = `influence-map-help-${++serial}`;
    this.#help.className = this.#said.className = "map-said";
    this.#said.setAttribute("role", "status");
    this.replaceChildren(this.#help, this.#said);
    const stage = (this.#stage = new Stage(this, () => this.#finder.reset()));
    this.#gestures = new Gestures(this, this.#hands(stage), (n) => spot(n, stage.camera.view));
    this.addEventListener("keydown", (event) => this.#keyboard.press(event), { signal });
    for (const type of ["focus", "blur"]) this.addEventListener(type, () => this.#focused(), { signal });
    const sizes = new ResizeObserver(() => this.#resized(stage));
    sizes.observe(this);
    signal.addEventListener("abort", () => sizes.disconnect());
    watchTheme(() => this.theme(), signal);
    stage.glides = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.texts = this.#texts;
    this.theme();
    this.#resized(stage);
    this.#rebuild();
  }

  disconnectedCallback() {
    this.#ends?.abort();
    this.#gestures?.close();
    this.#settling.close();
    this.#stage?.close();
    this.#stage = null;
  }

  get graph() {
    return this.#graph;
  }

  /** Nodes that were there keep their places; new ones are laid out beside their neighbours. */
  set graph(graph) {
    this.#graph = graph;
    this.#rebuild();
  }

  get layout() {
    return this.#settling.layout;
  }

  /** Places, pins and seed, as kept with a saved map; nodes without a place are laid out. */
  set layout(layout) {
    if (layout === this.layout) return;
    this.#fitting = true;
    this.#settling.start(layout);
  }

  /** @returns {Set<string>} */
  get selected() {
    return new Set(this.#selected);
  }

  /** @param {Iterable<string> | string | null | undefined} chosen  Ids, or one id. */
  set selected(chosen) {
    const ids = typeof chosen === "string" ? (chosen ? [chosen] : []) : [...(chosen ?? [])];
    this.#selected = new Set(ids);
    this.#relight();
  }

  get highlight() {
    return this.#highlight;
  }

  /** Ids of nodes to show in full while all others fade (a path, say); null: the selection and its neighbours. */
  set highlight(ids) {
    this.#highlight = ids;
    this.#relight();
  }

  get texts() {
    return this.#texts;
  }

  set texts(texts) {
    this.#texts = texts;
    this.setAttribute("aria-label", texts.label);
    if (texts.role) this.setAttribute("aria-roledescription", texts.role);
    this.#help.textContent = texts.help;
    this.setAttribute("aria-describedby", this.#help.id);
  }

  /** Reads the page's colours again; called by itself when the theme of the document changes. */
  theme() {
    if (!this.#stage) return;
    this.#stage.theme = readTheme(this);
    this.#stage.change();
  }

  /** Is a layout under way? */
  get busy() {
    return this.#settling.busy;
  }

  /** Ids of nodes that fade in and out now, because the graph has become another one. */
  get fading() {
    return this.#stage?.fading.ids ?? { coming: [], going: [] };
  }

  /** Pictures drawn so far: nothing is drawn while nothing changes. */
  get frames() {
    return this.#stage?.frames ?? 0;
  }

  /** Shows all. @param {boolean} [glide] */
  fit(glide = true) {
    const stage = this.#stage, box = stage && bounds(stage.scene.nodes);
    if (stage && box) this.#fly(stage.camera.fitted(box), glide);
  }

  /** @param {number} factor  Above 1 nearer. */
  zoomBy(factor) {
    this.#moveCamera((camera) => camera.zoomBy(factor));
  }

  /** Moves the picture: what dragging does, for buttons. @param {number} dx @param {number} dy [CSS px] */
  panBy(dx, dy) {
    this.#moveCamera((camera) => camera.panBy(dx, dy));
  }

  /** Brings a node to the middle. @param {string} id */
  center(id) {
    const node = this.#stage?.scene.index.get(id);
    if (!this.#stage || !node?.placed) return;
    this.#fitting = false;
    const { view } = this.#stage.camera;
    this.#fly({ ...view, x: node.tx, y: node.ty, k: Math.max(view.k, NEAR) }, true);
  }

  /** Where a node is in the picture, or null [CSS px]. @param {string} id @returns {[number, number] | null} */
  spotOf(id) {
    const node = this.#stage?.scene.index.get(id);
    return this.#stage && node?.placed ? spot(node, this.#stage.camera.view) : null;
  }

  /** Fixes a node where it is, or lets it go. @param {string} id @param {boolean} on */
  pin(id, on) {
    const node = this.#stage?.scene.index.get(id);
    if (!node) return;
    if (on) this.layout.pinned.add(id);
    else this.layout.pinned.delete(id);
    this.#relight();
    this.#say(this.#texts.pinned(node.node, on));
    this.#tell("node-pin", { id, x: node.tx, y: node.ty, pinned: on });
  }

  /** Lays all out anew; pinned nodes stay. */
  relayout() {
    this.#fitting = true;
    this.#settling.again();
  }

  /** What is seen, as PNG. @param {number} [scale]  Picture px per CSS px. @returns {Promise<Blob>} */
  toPng(scale = 2) {
    if (!this.#stage) return Promise.reject(new Error("The map is not in the page: add the element first."));
    return this.#stage.picture(scale);
  }

  /** The whole graph at the present zoom, as SVG. @returns {string} */
  toSvg() {
    const stage = this.#stage;
    if (!stage) return "";
    return toSvg(stage.scene, stage.camera.view, stage.theme, stage.marks, stage.painter, this.#texts.label);
  }

  #rebuild() {
    const stage = this.#stage;
    if (!stage) return;
    stage.show(buildScene(this.#graph));
    this.#keyboard.rebase(stage.scene);
    this.#finder.reset();
    this.#relight();
    this.#settling.settle();
  }

  /** @param {Stage} stage */
  #laid(stage) {
    const { nodes, edges } = stage.scene;
    this.#say(this.#texts.laid(nodes.length, edges.length));
    this.#tell("layout-done", { positions: new Map(this.layout.positions), seed: this.layout.seed });
  }

  /** What is faded and what is marked, from selection, highlight, focus and pointer. */
  #relight() {
    const stage = this.#stage;
    if (!stage) return;
    const { lit, edges } = lightOf(stage.scene, { selected: this.#selected, highlight: this.#highlight, hover: this.#hover });
    const dims = (lit === null) !== (stage.marks.lit === null);
    stage.litEdges = edges;
    stage.marks = { selected: this.#selected, pinned: this.layout.pinned, focus: this.#ring(), hover: this.#hover, lit };
    stage.change(dims ? "all" : "nodes");
  }

  /** The focus ring is for those at the keyboard. @returns {string | null} */
  #ring() {
    return this.matches(":focus-visible") ? (this.#keyboard.at?.id ?? null) : null;
  }

  /** @param {Stage} stage @returns {import("./gestures.js").Hands} */
  #hands(stage) {
    const node = (/** @type {number} */ x, /** @type {number} */ y) => this.#finder.node(stage.scene, stage.camera.view, x, y);
    return {
      nodeAt: node,
      pan: (dx, dy) => this.#moveCamera((camera) => camera.panBy(dx, dy)),
      zoom: (factor, x, y) => this.#moveCamera((camera) => camera.zoomBy(factor, x, y)),
      drag: (n, x, y) => this.#drag(stage, n, x, y),
      drop: (n) => this.pin(n.id, true),
      tap: (x, y, event) => this.#tap(stage, node(x, y), x, y, event),
      expand: (x, y) => this.#on(node(x, y), (n) => this.#tell("node-expand", { id: n.id })),
      menu: (x, y, event) => this.#on(node(x, y), (n) => this.#tell("node-menu", { id: n.id, x: event.clientX, y: event.clientY })),
      hover: (x, y) => this.#hovered(x === null ? null : node(x, y), x === null ? null : () => this.#finder.edge(stage.scene, stage.camera.view, x, y)),
    };
  }

  /** @param {SceneNode | null} node @param {(node: SceneNode) => void} act */
  #on(node, act) {
    if (node) act(node);
  }

  /** @param {Stage} stage @param {SceneNode} n @param {number} px @param {number} py */
  #drag(stage, n, px, py) {
    this.#settling.put(n, ...stage.camera.toWorld(px, py));
    this.#finder.reset();
    stage.change();
  }

  /** @param {Stage} stage @param {SceneNode | null} node @param {number} x @param {number} y @param {PointerEvent} event */
  #tap(stage, node, x, y, event) {
    const several = event.shiftKey || event.ctrlKey || event.metaKey;
    if (node) {
      this.#keyboard.set(node);
      this.#choose(several ? toggled(this.#selected, node.id) : [node.id]);
      if (!several) this.#tell("node-open", { id: node.id });
      return;
    }
    const found = this.#finder.edge(stage.scene, stage.camera.view, x, y);
    if (found) this.#tell("edge-open", { a: found.a.id, b: found.b.id, edge: found.edge, x: event.clientX, y: event.clientY });
    else if (!several) this.#choose([]);
  }

  /** @param {SceneNode | null} node @param {(() => SceneEdge | null) | null} edge */
  #hovered(node, edge) {
    this.style.cursor = node || edge?.() ? "pointer" : "";
    if ((node?.id ?? null) === this.#hover) return;
    this.#hover = node?.id ?? null;
    this.#relight();
    this.#tell("node-hover", { id: this.#hover });
  }

  /** @param {Iterable<string>} ids */
  #choose(ids) {
    const chosen = new Set(ids);
    if (chosen.size === this.#selected.size && [...chosen].every((id) => this.#selected.has(id))) return this.#relight();
    this.selected = chosen;
    this.#tell("selection", { ids: [...chosen] });
  }

  #focused() {
    const scene = this.#stage?.scene;
    if (!scene) return;
    if (this.matches(":focus-visible")) this.#keyboard.enter(scene, this.#selected);
    this.#relight();
  }

  /** @param {SceneNode} node */
  #reveal(node) {
    const camera = this.#stage?.camera;
    if (!camera) return;
    const [x, y] = spot(node, camera.view), edge = Math.min(80, camera.width / 4, camera.height / 4);
    if (x > edge && y > edge && x < camera.width - edge && y < camera.height - edge) return;
    this.#fitting = false;
    this.#fly({ ...camera.view, x: node.tx, y: node.ty }, true);
  }

  /** @param {(camera: import("./camera.js").Camera) => void} move */
  #moveCamera(move) {
    if (!this.#stage) return;
    this.#fitting = false;
    move(this.#stage.camera);
    this.#stage.change();
  }

  /** @param {import("./types.js").View} to @param {boolean} glide */
  #fly(to, glide) {
    const stage = this.#stage;
    if (!stage) return;
    stage.camera.go(to, glide && stage.glides ? performance.now() : null);
    stage.change();
  }

  /** @param {Stage} stage */
  #resized(stage) {
    stage.resize(this.clientWidth, this.clientHeight);
    if (this.#fitting) this.fit(false);
  }

  /** @param {string} words */
  #say(words) {
    if (words) this.#said.textContent = words;
  }

  /** @param {string} type @param {object} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }
}

/** @param {ReadonlySet<string>} ids @param {string} id @returns {Set<string>} */
function toggled(ids, id) {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}

customElements.define("influence-map", InfluenceMap);
