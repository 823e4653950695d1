/** The keyboard on the map: which node it is at, where it goes, what it does there, and what is said about it. */

import { commandOf } from "./keys.js";
import { inTurn, towards } from "./walk.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./keys.js").Command} Command */

/**
 * What the keyboard works on; the element gives this.
 * @typedef {object} Desk
 * @property {import("./influence-map.js").InfluenceMap} map
 * @property {() => Scene | null} scene
 * @property {(words: string) => void} say
 * @property {(type: string, detail: object) => void} tell
 * @property {(ids: Iterable<string>) => void} choose
 * @property {(node: SceneNode) => void} reveal  Brings a node into the picture.
 * @property {() => void} changed  Another node is under the keyboard.
 */

const STEP = 60; // of a pan by key [CSS px]
/** @type {Record<import("./walk.js").Direction, [number, number]>} */
const PANS = { left: [STEP, 0], right: [-STEP, 0], up: [0, STEP], down: [0, -STEP] };

export class Keyboard {
  /** The node under the keyboard. @type {SceneNode | null} */ at = null;
  /** The node whose neighbours are gone through in turn. @type {SceneNode | null} */ #hub = null;
  #desk;

  /** @param {Desk} desk */
  constructor(desk) {
    this.#desk = desk;
  }

  /** The scene is another one: the same node, if it is still there. @param {Scene} scene */
  rebase(scene) {
    this.at = (this.at && scene.index.get(this.at.id)) ?? null;
    this.#hub = null;
  }

  /** A pointer chose this node: the keyboard goes on from there. @param {SceneNode} node */
  set(node) {
    this.at = this.#hub = node;
  }

  /** The map has the focus: some node is under the keyboard, and named. @param {Scene} scene @param {ReadonlySet<string>} selected */
  enter(scene, selected) {
    this.at ??= scene.index.get([...selected][0] ?? "") ?? scene.byRadius[0] ?? null;
    if (this.at) this.#desk.say(this.#desk.map.texts.node(this.at.node, this.at.edges.length));
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const command = commandOf(event), scene = this.#desk.scene();
    if (event.target !== this.#desk.map || !command || !scene || !this.#obey(command, scene)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Does it, and tells whether there was something to do. @param {Command} command @param {Scene} scene @returns {boolean} */
  #obey(command, scene) {
    const { map } = this.#desk, from = this.at ?? scene.byRadius[0] ?? null;
    switch (command.type) {
      case "pan": map.panBy(...PANS[command.direction]); return true;
      case "zoom": map.zoomBy(command.factor); return true;
      case "fit": map.fit(); return true;
      case "first": this.#go(scene.byRadius[0] ?? null, from, true); return true;
      case "walk": this.#go(from && towards(from, command.direction), from, true); return true;
      case "turn": this.#turn(from, command.step); return true;
      case "clear": return this.#clear();
      default: return from !== null && this.#act(command.type, from);
    }
  }

  /** @param {"open" | "expand" | "select" | "pin" | "hide" | "menu"} type @param {SceneNode} node @returns {boolean} */
  #act(type, node) {
    const { map, tell, say } = this.#desk, { id } = node;
    if (type === "open") tell("node-open", { id });
    else if (type === "expand") tell("node-expand", { id });
    else if (type === "select") this.#select(node);
    else if (type === "pin") map.pin(id, !map.layout.pinned.has(id));
    else if (type === "hide") {
      say(map.texts.hidden(node.node));
      tell("node-hide", { id });
    } else {
      const box = map.getBoundingClientRect(), [x, y] = map.spotOf(id) ?? [0, 0];
      tell("node-menu", { id, x: box.left + x, y: box.top + y });
    }
    return true;
  }

  /** Selects; what is selected already is expanded. @param {SceneNode} node */
  #select(node) {
    const { map, tell, say, choose } = this.#desk;
    if (map.selected.has(node.id)) return tell("node-expand", { id: node.id });
    say(map.texts.selected(node.node, true));
    choose([node.id]);
  }

  #clear() {
    if (!this.#desk.map.selected.size) return false; // Escape is somebody else's
    this.#desk.choose([]);
    return true;
  }

  /** @param {SceneNode | null} from @param {1 | -1} step */
  #turn(from, step) {
    this.#hub ??= from;
    this.#go(this.#hub && inTurn(this.#hub, from === this.#hub ? null : from, step), from, false);
  }

  /** Moves to a node, which is said and brought into the picture. @param {SceneNode | null} to @param {SceneNode | null} from @param {boolean} hub */
  #go(to, from, hub) {
    const { map, say, reveal, changed } = this.#desk;
    if (!to) return from && say(map.texts.none(from.node));
    this.at = to;
    if (hub) this.#hub = to;
    say(map.texts.node(to.node, to.edges.length));
    reveal(to);
    changed();
  }
}
