// Groups by which nodes are coloured. A group keeps its colour while the date moves.
import { t, word } from "../core/texts.js";

/** @typedef {import("./map-data.js").MapNode} MapNode */
/** @typedef {import("./map-data.js").MapAnswer} MapAnswer */
/** @typedef {{key: string, name: string, colour: number, count: number, keys: string[]}} Group `colour`: index into the series; `keys`: what the group is made of */

export const MOST = 9; // groups with a colour of their own
export const COLOURINGS = ["group", "role", "organization", "level", "internal"];
const NONE = "none";
const OTHER = "other";
/** Most weighty first. */
const ROLES = ["decision_maker", "executive_sponsor", "economic_buyer", "champion", "technical_buyer", "blocker", "influencer", "gatekeeper", "evaluator", "business_user", "user", "rep"];
/** Groups whose colour never changes. @type {Record<string, Record<string, number>>} */
const FIXED = {
  level: { ours: 0, c_level: 5, vp: 3, director: 1, manager: 4, staff: 2, unknown: MOST },
  internal: { ours: 0, outside: 1 },
  role: { rep: 0, decision_maker: 5, executive_sponsor: 3, economic_buyer: 1, champion: 2, technical_buyer: 6, influencer: 4, evaluator: 7, business_user: 8, user: 8, gatekeeper: 7, blocker: 8 },
};

/** Colours given, by colouring and group. @type {Map<string, Map<string, number>>} */
const given = new Map();

/** Another map: its groups choose colours anew. */
export function forgetColours() {
  given.clear();
}

/** Group of a node, as a stable key without names. @param {MapNode} node @param {string} colouring */
export function groupKey(node, colouring) {
  if (colouring === "role") return mainRole(node.roles ?? []);
  if (colouring === "organization") return (node.label === "organization" ? node.id : node.organization_id) || NONE;
  if (colouring === "level") return node.internal ? "ours" : node.label === "person" ? node.level || "unknown" : NONE;
  if (colouring === "internal") return node.internal ? "ours" : "outside";
  return node.group === null || node.group === undefined ? NONE : String(node.group);
}

/** The role that weighs most. @param {string[]} roles */
function mainRole(roles) {
  const named = roles.map((role) => role.toLowerCase().replace(/\W+/g, "_"));
  return ROLES.find((role) => named.includes(role)) ?? named[0] ?? NONE;
}

/**
 * Groups of a map, largest first; beyond nine they share one colour.
 * @param {MapAnswer} map
 * @param {string} colouring
 * @returns {Group[]}
 */
export function groupsOf(map, colouring) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  /** @type {Map<string, string>} */
  const names = new Map(map.groups.map((g) => [String(g.id), g.name]));
  for (const node of map.nodes) {
    const key = groupKey(node, colouring);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (colouring === "organization") names.set(key, (node.label === "organization" ? node.name : node.organization) ?? "");
  }
  const order = Object.keys(FIXED[colouring] ?? {});
  const ordered = [...counts].filter(([key]) => key !== NONE).sort((p, q) => order.indexOf(p[0]) - order.indexOf(q[0]) || q[1] - p[1] || (p[0] < q[0] ? -1 : 1));
  const own = ordered.slice(0, MOST);
  const colour = coloursFor(own.map(([key]) => key), colouring);
  const groups = own.map(([key, count]) => ({ key, count, colour: colour.get(key) ?? MOST, name: groupName(key, colouring, names), keys: [key] }));
  const rest = ordered.slice(MOST);
  const sum = rest.reduce((n, [, count]) => n + count, 0);
  if (rest.length) groups.push({ key: OTHER, count: sum, colour: MOST, name: t("map.other_groups", { n: rest.length }), keys: rest.map(([key]) => key) });
  const none = counts.get(NONE);
  if (none) groups.push({ key: NONE, count: none, colour: MOST, name: t(`map.no_${colouring}`), keys: [NONE] });
  return groups;
}

/** Those seen before keep their colour, others take the free ones in order. @param {string[]} keys @param {string} colouring */
function coloursFor(keys, colouring) {
  const fixed = FIXED[colouring];
  if (fixed) return new Map(keys.map((key) => [key, fixed[key] ?? MOST]));
  const before = given.get(colouring) ?? new Map();
  const colour = new Map(keys.filter((key) => before.has(key)).map((key) => [key, /** @type {number} */ (before.get(key))]));
  const taken = new Set(colour.values());
  const free = Array.from({ length: MOST }, (_, i) => i).filter((i) => !taken.has(i));
  for (const key of keys) if (!colour.has(key)) colour.set(key, free.shift() ?? MOST);
  given.set(colouring, colour);
  return colour;
}

/** @param {string} key @param {string} colouring @param {Map<string, string>} names */
function groupName(key, colouring, names) {
  if (colouring === "role") return word("roles", key);
  if (colouring === "internal") return t(`map.${key}`);
  if (colouring === "level") return key === "ours" ? t("map.ours") : word("levels", key);
  return names.get(key) || (colouring === "group" ? t("map.community", { id: key }) : t("web.nobody"));
}
