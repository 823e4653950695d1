// What the map remembers and no link says: places of nodes while one goes on from map to map, and what is selected.
import { isChanged } from "./map-data.js";
import { forgetColours } from "./map-groups.js";

/** @typedef {import("../core/state.js").State} State */
/** @typedef {import("./map-data.js").MapData} MapData */
/** @typedef {import("./map-data.js").SavedMap} SavedMap */
/** @typedef {import("../graph/types.js").Layout} Layout */

const SEED = 1;

/**
 * `saved` is the saved map, of a version, that is shown as it was saved; `kept` the one saved last from what is shown.
 * @type {{layout: Layout, centres: Set<string>, pins: string, selected: string[], panel: string, saved: string, kept: string}}
 */
const memory = { layout: fresh(), centres: new Set(), pins: "", selected: [], panel: "", saved: "", kept: "" };

/** @param {SavedMap | null} [saved] @returns {Layout} */
function fresh(saved) {
  return { seed: SEED, positions: new Map(Object.entries(saved?.places ?? {})), pinned: new Set() };
}

/** @param {{id: string, version: number}} saved */
function versionOf({ id, version }) {
  return `${id} ${version}`;
}

/** Ids a map starts from: a map that shares one with the map before goes on from it. @param {State} state */
function centresOf(state) {
  const ids = ["focus", "team", "to"].flatMap((name) => state.all(name));
  return new Set(ids.length ? ids : [`by ${state.get("by") || "community"}`]);
}

/**
 * Places for a map; the same object until another map begins, a saved one is opened or gone back to, or pins come by the
 * address. While another map is still being loaded, the one that is shown keeps its places.
 * @param {State} state
 * @param {MapData} data
 * @returns {Layout}
 */
export function layoutFor(state, { asked, saved }) {
  const centres = centresOf(asked);
  const asSaved = saved && state.get("saved") === saved.id && !isChanged(state, saved) ? versionOf(saved) : "";
  const opens = asSaved !== "" && asSaved !== memory.saved && asSaved !== memory.kept;
  const goesOn = !opens && [...centres].some((id) => memory.centres.has(id));
  const pins = state.all("pin").sort().join(" ");
  if (!goesOn) {
    memory.layout = fresh(saved);
    memory.selected = [];
    forgetColours();
  }
  if (!goesOn || pins !== memory.pins) memory.layout = withPins(memory.layout, state.all("pin"));
  memory.centres = centres;
  memory.pins = pins;
  memory.saved = asSaved;
  if (asSaved) memory.kept = "";
  return memory.layout;
}

/** Where nodes of some ids are now, to a tenth: what is saved with a map. @param {string[]} ids @returns {Record<string, [number, number]>} */
export function placesOf(ids) {
  const tenth = (/** @type {number} */ x) => Math.round(x * 10) / 10;
  return Object.fromEntries(ids.flatMap((id) => {
    const at = memory.layout.positions.get(id);
    return at ? [[id, [tenth(at[0]), tenth(at[1])]]] : [];
  }));
}

/** The map that is shown has just been saved: its nodes stay where they are. @param {SavedMap} saved */
export function savedHere(saved) {
  memory.kept = versionOf(saved);
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
