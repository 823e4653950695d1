// What can be done with people and organizations on the map; the menu and the selection bar offer the same.
import { t } from "../core/texts.js";
import { nameOf } from "../parts/entity.js";
import { editNote } from "./map-saved.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("../core/state.js").State} State */
/** @typedef {import("./map-data.js").MapNode} MapNode */
/** @typedef {import("./map-data.js").MapData} MapData */
/** @typedef {{name: string, text: string, run: () => void, key?: string, off?: boolean}} Action */

const MOST_FOCUS = 50; // as the API takes
const ROOM = 100; // for the neighbours of who is expanded [nodes]
const MOST_NODES = 2000; // up to which expanding makes room by itself

/**
 * @param {Context} context
 * @param {MapData} data
 * @param {MapNode[]} nodes chosen ones
 * @param {{pinned: boolean, pin: (ids: string[], on: boolean) => void}} pins
 * @returns {Action[]}
 */
export function actionsFor(context, data, nodes, pins) {
  const [first] = nodes;
  if (!first) return [];
  return nodes.length === 1 ? forOne(context, data, first, pins) : forSeveral(context, data, nodes, pins);
}

/** @param {Context} context @param {MapData} data @param {MapNode} node @param {{pinned: boolean, pin: (ids: string[], on: boolean) => void}} pins @returns {Action[]} */
function forOne(context, data, node, pins) {
  const { state } = context;
  const centre = state.all("focus").includes(node.id);
  const placed = node.label === "person" || node.label === "organization";
  const actions = [{ name: "open", text: t("map.open"), key: t("map.key_enter"), run: () => context.go(opened(state, node)) }];
  /** @param {Action} action */
  const add = (action) => actions.push(/** @type {any} */ (action));
  if (placed && !centre) add({ name: "expand", text: t("map.expand"), key: "E", run: () => expand(context, [node], data.map?.nodes.length ?? 0) });
  if (centre && state.all("focus").length > 1) add({ name: "collapse", text: t("map.collapse"), run: () => context.go(state.with({ focus: without(state, "focus", node.id) })) });
  if (placed && !(centre && state.all("focus").length === 1)) add({ name: "only", text: t("map.only"), run: () => context.go(startFrom(state, [node.id])) });
  add({ name: "pin", text: t(pins.pinned ? "map.unpin" : "map.pin"), key: "P", run: () => pins.pin([node.id], !pins.pinned) });
  add({ name: "hide", text: t("map.hide"), key: "H", run: () => hide(context, [node]) });
  if (placed) add({ name: "path", text: t(context.me.entity ? "map.path_me" : "map.path_us"), run: () => context.go(pathTo(context, node.id)) });
  if (node.label === "person") add({ name: "whatif", text: t(state.all("without").includes(node.id) ? "map.put_back" : "map.what_if"), run: () => context.go(toggled(state, "without", node.id)) });
  add({ name: "note", text: t(data.saved?.notes[node.id] ? "map.note_change" : "map.note_add"), run: () => editNote(context, data, node) });
  return actions;
}

/** @param {Context} context @param {MapData} data @param {MapNode[]} nodes @param {{pinned: boolean, pin: (ids: string[], on: boolean) => void}} pins @returns {Action[]} */
function forSeveral(context, data, nodes, pins) {
  const { state } = context;
  const ids = nodes.map((node) => node.id);
  const [a, b] = nodes;
  /** @type {Action[]} */
  const actions = [];
  if (a && b && nodes.length === 2) actions.push({ name: "path", text: t("map.path_between"), run: () => context.go(state.to("paths", { from: a.id, to: b.id })) });
  actions.push({ name: "expand", text: t("map.expand"), run: () => expand(context, nodes, data.map?.nodes.length ?? 0) });
  actions.push({ name: "only", text: t("map.only_these"), run: () => context.go(startFrom(state, ids.slice(0, MOST_FOCUS))) });
  actions.push({ name: "pin", text: t(pins.pinned ? "map.unpin" : "map.pin"), run: () => pins.pin(ids, !pins.pinned) });
  actions.push({ name: "hide", text: t("map.hide"), run: () => hide(context, nodes) });
  const people = nodes.filter((node) => node.label === "person").map((node) => node.id);
  if (people.length) actions.push({ name: "whatif", text: t("map.what_if_all"), run: () => context.go(state.with({ without: [...new Set([...state.all("without"), ...people])] })) });
  return actions;
}

/** The state with the panel of a node open. @param {State} state @param {{id: string, label: string}} node */
export function opened(state, node) {
  return state.with({ panel: `${node.label}:${node.id}` });
}

/** Show their neighbours too, in place; the limit grows so that nobody has to go for them. @param {Context} context @param {MapNode[]} nodes @param {number} shown nodes on the map now */
export function expand(context, nodes, shown) {
  const focus = new Set(context.state.all("focus"));
  for (const node of nodes) if (node.label === "person" || node.label === "organization") focus.add(node.id);
  if (focus.size > MOST_FOCUS) {
    context.say(t("map.too_many_centres", { n: MOST_FOCUS }), "error");
    return;
  }
  if (focus.size === context.state.all("focus").length) return;
  const limit = Math.min(MOST_NODES, Math.ceil((shown + ROOM * nodes.length) / 50) * 50);
  const asked = Number(context.state.get("limit")) || 0;
  context.go(context.state.with({ focus: [...focus], by: null, limit: Math.max(limit, asked) }));
  context.say(nodes.length === 1 ? t("map.expanded", { name: nameOf(nodes[0]) }) : t("map.expanded_all", { n: nodes.length }));
}

/** @param {Context} context @param {MapNode[]} nodes */
export function hide(context, nodes) {
  const { state } = context;
  const ids = new Set(nodes.map((node) => node.id));
  const panel = [...ids].some((id) => state.get("panel").includes(id)) ? null : state.get("panel");
  const focus = state.all("focus").filter((id) => !ids.has(id));
  if (state.all("focus").length && focus.length === 0 && !state.get("team")) {
    context.say(t("map.last_centre"), "error");
    return;
  }
  context.go(state.with({ hide: [...new Set([...state.all("hide"), ...ids])], focus, panel }));
  context.say(nodes.length === 1 ? t("map.now_hidden", { name: nameOf(nodes[0]) }) : t("map.now_hidden_all", { n: nodes.length }));
}

/** A map of its own around some people, with the look of this one. @param {State} state @param {string[]} ids */
export function startFrom(state, ids) {
  return state.with({ focus: ids, team: null, to: null, by: null, hide: null, without: null, pin: null, saved: null });
}

/** @param {Context} context @param {string} id */
function pathTo(context, id) {
  return context.state.to("paths", { from: context.me.entity?.id, to: id });
}

/** @param {State} state @param {string} name @param {string} id */
export function without(state, name, id) {
  return state.all(name).filter((one) => one !== id);
}

/** @param {State} state @param {string} name @param {string} id */
export function toggled(state, name, id) {
  return state.with({ [name]: state.all(name).includes(id) ? without(state, name, id) : [...state.all(name), id] });
}
