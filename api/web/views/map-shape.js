// From an answer of the API to what the canvas draws: plain loops, once per answer and look.
import { number, percent, t, word } from "../core/texts.js";
import { nameOf } from "../parts/entity.js";
import { AGES, ageClass, colours } from "./map-colours.js";
import { MOST, groupKey, groupsOf } from "./map-groups.js";
import { pairOf, stepsOf } from "./map-ways.js";

/** @typedef {import("../graph/types.js").Graph} Graph */
/** @typedef {import("../graph/types.js").GraphNode} GraphNode */
/** @typedef {import("./map-data.js").MapData} MapData */
/** @typedef {import("./map-data.js").MapAnswer} MapAnswer */
/** @typedef {import("./map-data.js").MapNode} MapNode */
/** @typedef {import("./map-data.js").MapEdge} MapEdge */
/** @typedef {import("./map-groups.js").Group} Group */
/** @typedef {{size: string, colour: string, only: string[]}} Look */
/** @typedef {{groups: Group[], ages: number[], facts: boolean, ways: boolean, labels: string[], changes: Record<string, number>, unmeasured: number, rings: string[]}} Legend */
/** @typedef {{graph: Graph, legend: Legend, nodes: Map<string, MapNode>, hurt: Set<string>}} Shaped */

export const SIZES = ["influence", "reach", "pagerank", "betweenness", "core", "depth", "breadth", "ecosystem", "organization_health", "equal"];
const FULL = /** @type {Record<string, number>} */ ({ depth: 100, breadth: 100, organization_health: 1 });
const DIGITS = /** @type {Record<string, number>} */ ({ pagerank: 4, betweenness: 0, reach: 2 });
const SMALL = 5; // radius of a node without the score [px]
const HURT = 0.1; // loss of a chance from which on somebody is ringed
const BIG = 15; // added to it for the highest score [px]
const BEST_WAY = 5.5; // width of a step of the best way, and of other ways [px]
const OTHER_WAY = 2.5;
const BAND_SHARE = /** @type {Record<string, number>} */ ({ strong: 0.8, good: 0.8, fair: 0.45, weak: 0.15, poor: 0.15 });

/** @type {{data: MapData, map: MapAnswer | null, key: string, shaped: Shaped} | null} */
let kept = null;

/**
 * @param {MapData} data with a map
 * @param {Look} look
 * @returns {Shaped} the same object for the same data, look, theme and language
 */
export function shapeMap(data, look) {
  const palette = colours();
  const key = JSON.stringify([look, palette.series, document.documentElement.lang]);
  if (kept?.data === data && kept.map === data.map && kept.key === key) return kept.shaped;
  const shaped = shape(/** @type {MapAnswer} */ (data.map), data, look);
  kept = { data, map: data.map, key, shaped };
  return shaped;
}

/** @param {MapAnswer} map @param {MapData} data @param {Look} look @returns {Shaped} */
function shape(map, data, look) {
  const palette = colours();
  const groups = groupsOf(map, look.colour);
  const byKey = new Map(groups.flatMap((group) => group.keys.map((key) => /** @type {[string, Group]} */ ([key, group]))));
  const hurt = hurtBy(data.lost);
  const gone = new Set(/** @type {any[]} */ (data.lost?.removed ?? []).map((entity) => entity.id));
  const only = new Set(look.only);
  const radius = radii(map.nodes, look.size);
  const centre = new Set(map.center.map((entity) => entity.id));
  const notes = data.saved?.notes ?? {};
  /** @type {GraphNode[]} */
  const nodes = new Array(map.nodes.length);
  const index = new Map();
  const hit = new Set();
  for (let i = 0; i < map.nodes.length; i++) {
    const node = /** @type {MapNode} */ (map.nodes[i]);
    index.set(node.id, node);
    const key = groupKey(node, look.colour);
    const group = byKey.get(key);
    const removed = gone.has(node.id);
    const struck = !removed && (hurt.has(node.id) || (!node.internal && hurt.has(node.organization_id ?? "")));
    if (struck) hit.add(node.id);
    /** @type {GraphNode} */
    const drawn = {
      id: node.id,
      label: node.label,
      text: nameOf(node),
      radius: centre.has(node.id) ? Math.max(/** @type {number} */ (radius[i]), 11) : /** @type {number} */ (radius[i]),
      color: palette.series[group?.colour ?? MOST] ?? "",
      shape: shapeOf(node.label),
    };
    const sub = below(node, removed, struck, notes[node.id]);
    if (sub) drawn.sub = sub;
    if (struck) drawn.ring = palette.hurt;
    else if (centre.has(node.id)) drawn.ring = palette.centre;
    else if (notes[node.id]) drawn.ring = palette.noted;
    if (removed || (only.size && !only.has(group?.key ?? key))) drawn.faded = true;
    if (removed) drawn.change = "gone";
    else if (node.change) drawn.change = node.change;
    if (node.group !== null && node.group !== undefined) drawn.group = node.group;
    nodes[i] = drawn;
  }
  const edges = edgesOf(map.edges, gone, stepsOf(map.paths));
  return { graph: { nodes, edges }, legend: { ...legendOf(map, groups, look), rings: ringsOf(hit.size, notes, index) }, nodes: index, hurt: hit };
}

/** @param {string} label @returns {GraphNode["shape"]} */
export function shapeOf(label) {
  return label === "person" ? "circle" : label === "organization" ? "square" : "diamond";
}

/** Second line: what one should know first. @param {MapNode} node @param {boolean} removed @param {boolean} struck @param {string | undefined} note */
function below(node, removed, struck, note) {
  if (removed) return t("map.taken_out");
  if (struck) return t("map.hurt");
  if (note) return note;
  const place = node.label === "person" ? node.organization : word("industries", node.industry ?? null);
  return [node.left ? t("map.left") : node.title, place].filter(Boolean).join(" · ");
}

/** Radius of each node: area grows with the score [px]. @param {MapNode[]} nodes @param {string} size */
function radii(nodes, size) {
  const out = new Float64Array(nodes.length);
  let top = 0;
  for (let i = 0; i < nodes.length; i++) {
    const value = nodes[i]?.scores?.[size];
    out[i] = typeof value === "number" && value > 0 ? value : 0;
    if (/** @type {number} */ (out[i]) > top) top = /** @type {number} */ (out[i]);
  }
  const full = FULL[size] ?? top;
  for (let i = 0; i < out.length; i++) out[i] = size === "equal" || !full ? 8 : SMALL + BIG * Math.sqrt(Math.min(1, /** @type {number} */ (out[i]) / full));
  return out;
}

/** @param {MapEdge[]} given @param {Set<string>} gone @param {Map<string, import("./map-ways.js").Step>} steps */
function edgesOf(given, gone, steps) {
  const palette = colours();
  let top = 0;
  for (const edge of given) if ((edge.strength ?? 0) > top) top = /** @type {number} */ (edge.strength);
  /** @type {import("../graph/types.js").GraphEdge[]} */
  const edges = new Array(given.length);
  for (let i = 0; i < given.length; i++) {
    const edge = /** @type {MapEdge} */ (given[i]);
    const cut = gone.has(edge.a) || gone.has(edge.b);
    const tie = edge.kind === "TIE";
    /** @type {import("../graph/types.js").GraphEdge} */
    const drawn = {
      a: edge.a,
      b: edge.b,
      width: tie && !cut ? 0.8 + 4.2 * share(edge, top) : 1,
      color: cut ? palette.faint : tie ? palette.ages[ageClass(edge.age_days)] ?? "" : palette.fact,
      directed: edge.directed === true,
    };
    if (!tie || cut) drawn.dash = true;
    if (edge.change && !cut) drawn.change = edge.change;
    const step = tie && !cut ? steps.get(pairOf(edge.a, edge.b)) : undefined;
    if (step) Object.assign(drawn, { a: step.from, b: step.to, width: step.ways.includes(1) ? BEST_WAY : OTHER_WAY, color: palette.way, directed: true, strong: true });
    edges[i] = drawn;
  }
  return edges;
}

/** Strength within the map, 0 to 1; of ties whose number is not ours to see, by band. @param {MapEdge} edge @param {number} top */
function share(edge, top) {
  if (typeof edge.strength === "number") return top > 0 ? Math.sqrt(edge.strength / top) : 0;
  return BAND_SHARE[edge.band ?? ""] ?? 0.15;
}

/** Accounts and deals a what-if hurts so much that one should look, and whom their lost paths led to. @param {any} lost @returns {Set<string>} */
function hurtBy(lost) {
  /** @type {Set<string>} */
  const ids = new Set();
  if (!lost) return ids;
  for (const loss of lost.accounts) {
    if (loss.before - loss.after < HURT) continue;
    ids.add(loss.account.id);
    const last = loss.path_before.at(-1);
    if (last) ids.add(last.id);
  }
  for (const fall of lost.health) if (fall.after === null || fall.before - fall.after >= HURT) ids.add(fall.account.id);
  for (const deal of lost.deals) if (deal.orphaned) ids.add(deal.deal.id).add(deal.account.id);
  return ids;
}

/** @param {MapAnswer} map @param {Group[]} groups @param {Look} look */
function legendOf(map, groups, look) {
  const ages = new Array(AGES.length + 2).fill(0);
  /** @type {Record<string, number>} */
  const changes = {};
  let facts = false;
  for (const edge of map.edges) {
    if (edge.kind === "TIE") ages[ageClass(edge.age_days)]++;
    else facts = true;
    if (edge.change) changes[`edge_${edge.change}`] = (changes[`edge_${edge.change}`] ?? 0) + 1;
  }
  const labels = new Set();
  let unmeasured = 0;
  for (const node of map.nodes) {
    labels.add(node.label);
    if (look.size !== "equal" && typeof node.scores?.[look.size] !== "number") unmeasured++;
    if (node.change) changes[`node_${node.change}`] = (changes[`node_${node.change}`] ?? 0) + 1;
  }
  return { groups, ages, facts, ways: Boolean(map.paths?.length), labels: [...labels], changes, unmeasured };
}

/** Rings to be explained. @param {number} hit @param {Record<string, string>} notes @param {Map<string, MapNode>} index */
function ringsOf(hit, notes, index) {
  return ["centre", ...(hit ? ["hurt"] : []), ...(Object.keys(notes).some((id) => index.has(id)) ? ["noted"] : [])];
}

/** A score of a node as text. @param {string} name @param {number | null | undefined} value */
export function scoreText(name, value) {
  if (value === null || value === undefined) return t("web.none");
  if (name === "organization_health") return percent(value);
  return number(value, DIGITS[name] ?? 1);
}
