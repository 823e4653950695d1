// What the map remembers and no link says: places of nodes while one goes on from map to map, and what is selected.
import { forgetColours } from "./map-groups.js";

/** @typedef {import("../core/state.js").State} State */
/** @typedef {import("../graph/types.js").Layout} Layout */

const SEED = 1;

/** @type {{layout: Layout, centres: Set<string>, pins: string, selected: string[], panel: string}} */
const memory = { layout: fresh(), centres: new Set(), pins: "", selected: [], panel: "" };

/** @returns {Layout} */
function fresh() {
  return { seed: SEED, positions: new Map(), pinned: new Set() };
}

/** Ids a map starts from: a map that shares one with the map before goes on from it. @param {State} state */
function centresOf(state) {
  const ids = ["focus", "team", "to"].flatMap((name) => state.all(name));
  return new Set(ids.length ? ids : [`by ${state.get("by") || "community"}`]);
}

/** Places for the map of a state; the same object until another map begins or pins come by the address. @param {State} state @returns {Layout} */
export function layoutFor(state) {
  const centres = centresOf(state);
  const goesOn = [...centres].some((id) => memory.centres.has(id));
  const pins = state.all("pin").sort().join(" ");
  if (!goesOn) {
    memory.layout = fresh();
    memory.selected = [];
    forgetColours();
  }
  if (!goesOn || pins !== memory.pins) memory.layout = withPins(memory.layout, state.all("pin"));
  memory.centres = centres;
  memory.pins = pins;
  return memory.layout;
}

/** @param {Layout} layout @param {string[]} pins @returns {Layout} */
function withPins(layout, pins) {
  const positions = new Map(layout.positions);
  /** @type {Set<string>} */
  const pinned = new Set();
  for (const pin of pins) {
    const [id = "", x, y] = pin.split(",");
    const at = /** @type {[number, number]} */ ([Number(x), Number(y)]);
    if (!id || !at.every(Number.isFinite)) continue;
    positions.set(id, at);
    pinned.add(id);
  }
  return { seed: layout.seed, positions, pinned };
}

/** Nodes have found their places. @param {Map<string, [number, number]>} positions */
export function keepPlaces(positions) {
  for (const [id, at] of positions) memory.layout.positions.set(id, at);
}

/** A node was pinned or let go by hand: the state that says so. @param {State} state @param {{id: string, x: number, y: number, pinned: boolean}} change */
export function pinnedState(state, { id, x, y, pinned }) {
  const others = state.all("pin").filter((pin) => !pin.startsWith(`${id},`));
  const next = state.with({ pin: pinned ? [...others, `${id},${Math.round(x)},${Math.round(y)}`] : others });
  memory.layout.positions.set(id, [x, y]);
  if (pinned) memory.layout.pinned.add(id);
  else memory.layout.pinned.delete(id);
  memory.pins = next.all("pin").sort().join(" ");
  return next;
}

/** Whether all of them are pinned. @param {string[]} ids */
export function arePinned(ids) {
  return ids.every((id) => memory.layout.pinned.has(id));
}

/** What is selected: by hand, or because its panel has been opened since. @param {State} state @returns {string[]} the same array until it changes */
export function selection(state) {
  const panel = state.get("panel");
  if (panel !== memory.panel) {
    memory.panel = panel;
    const [kind, ids = ""] = panel.split(":");
    if (["person", "organization", "work", "opportunity"].includes(kind ?? "") && memory.selected.join() !== ids) memory.selected = [ids];
  }
  return memory.selected;
}

/** @param {string[]} ids */
export function select(ids) {
  memory.selected = ids;
}
