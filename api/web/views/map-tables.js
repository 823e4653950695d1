// The map as tables: the same people and ties, for those who do not see the picture, and to sort and read.
import { html, nothing } from "../core/dom.js";
import { ago, number, percent, t, word } from "../core/texts.js";
import { entityLink, nameOf, scoreLink, tieLink } from "../parts/entity.js";
import { dataTable } from "../parts/table.js";
import { groupKey } from "./map-groups.js";
import { sorting } from "./map-overview.js";
import { SIZES, scoreText } from "./map-shape.js";
import { pairOf, stepsOf } from "./map-ways.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("./map-data.js").MapAnswer} MapAnswer */
/** @typedef {import("./map-data.js").MapNode} MapNode */
/** @typedef {import("./map-data.js").MapEdge} MapEdge */
/** @template Row @typedef {import("../parts/table.js").Column<Row>} Column */

const OPENED = ["influence", "depth", "breadth", "ecosystem", "organization_health"]; // scores with a panel of their own
const LEVELS = ["c_level", "vp", "director", "manager", "staff", "unknown"];

/**
 * @param {Context} context
 * @param {MapAnswer} map
 * @param {import("./map-shape.js").Shaped} shaped
 * @param {import("./map-shape.js").Look} look
 */
export function mapTables(context, map, shaped, look) {
  const groups = new Map(shaped.legend.groups.flatMap((group) => group.keys.map((key) => [key, group.name])));
  return html`<div class="map-tables">
    ${dataTable({ caption: t("map.nodes_table", { n: map.nodes.length }), rows: map.nodes, columns: nodeColumns(context, map, groups, look), ...sorting(context, "sort") })}
    ${dataTable({ caption: t("map.edges_table", { n: map.edges.length }), rows: map.edges, columns: edgeColumns(context, map, shaped.nodes), ...sorting(context, "esort") })}
  </div>`;
}

/** @param {Context} context @param {MapAnswer} map @param {Map<string, string>} groups @param {import("./map-shape.js").Look} look @returns {Column<MapNode>[]} */
function nodeColumns(context, map, groups, look) {
  const scores = SIZES.filter((name) => name !== "equal" && map.nodes.some((node) => typeof node.scores?.[name] === "number"));
  /** @type {Column<MapNode>[]} */
  const columns = [
    { name: "name", title: t("map.name"), show: (n) => html`${entityLink(context, n)}${n.left ? html` <span class="tag">${t("map.left")}</span>` : nothing}`, by: nameOf },
    { name: "label", title: t("map.label"), show: (n) => word("labels", n.label), by: (n) => word("labels", n.label) },
    { name: "organization", title: t("map.organization"), show: (n) => home(context, n), by: (n) => n.organization },
    { name: "title", title: t("map.title"), show: (n) => html`<bdi>${n.title ?? ""}</bdi>`, by: (n) => n.title },
    { name: "level", title: t("web.level"), show: (n) => word("levels", n.level ?? null), by: (n) => LEVELS.indexOf(n.level ?? "") },
  ];
  if (look.colour !== "level" && look.colour !== "organization") columns.push({ name: "group", title: t(`map.colour_${look.colour}`), show: (n) => groups.get(groupKey(n, look.colour)) ?? "", by: (n) => groups.get(groupKey(n, look.colour)) });
  if (map.compare) columns.push({ name: "change", title: t("map.change"), show: (n) => (n.change ? t(`map.node_${n.change}`) : ""), by: (n) => n.change });
  for (const name of scores)
    columns.push({
      name,
      title: word("scores", name),
      show: (n) => (typeof n.scores?.[name] === "number" && OPENED.includes(name) ? scoreLink(context, name, [n.id], scoreText(name, n.scores[name])) : scoreText(name, n.scores?.[name])),
      by: (n) => n.scores?.[name],
      number: true,
    });
  return columns;
}

/** @param {Context} context @param {MapNode} node */
function home(context, node) {
  if (!node.organization) return "";
  if (!node.organization_id) return html`<bdi>${node.organization}</bdi>`;
  return entityLink(context, { id: node.organization_id, label: "organization", name: node.organization });
}

/** @param {Context} context @param {MapAnswer} map @param {Map<string, MapNode>} nodes @returns {Column<MapEdge>[]} */
function edgeColumns(context, map, nodes) {
  /** @param {string} id */
  const name = (id) => nameOf(nodes.get(id));
  /** @param {string} id */
  const end = (id) => entityLink(context, nodes.get(id) ?? { id });
  /** @type {Column<MapEdge>[]} */
  const columns = [
    { name: "a", title: t("map.from"), show: (e) => end(e.a), by: (e) => name(e.a) },
    { name: "kind", title: t("map.kind"), show: (e) => tieLink(context, e.a, e.b, word("facts", e.kind)), by: (e) => word("facts", e.kind) },
    { name: "b", title: t("map.to"), show: (e) => end(e.b), by: (e) => name(e.b) },
    { name: "strength", title: word("scores", "tie_strength"), show: (e) => strength(e), by: (e) => e.strength, number: true },
    { name: "health", title: word("scores", "relationship_health"), show: (e) => percent(e.health), by: (e) => e.health, number: true },
    { name: "age", title: t("map.last"), show: (e) => (e.kind === "TIE" ? ago(e.age_days) : ""), by: (e) => e.age_days, number: true },
    { name: "channels", title: t("web.channel"), show: (e) => (e.channels ?? []).map((c) => word("channels", c)).join(", ") },
  ];
  if (map.paths?.length) columns.push(wayColumn(map));
  if (map.compare) columns.push({ name: "change", title: t("map.change"), show: (e) => (e.change ? t(`map.edge_${e.change}`) : ""), by: (e) => e.change });
  return columns;
}

/** Of which ways a link is a step. @param {MapAnswer} map @returns {Column<MapEdge>} */
function wayColumn(map) {
  const steps = stepsOf(map.paths);
  /** @param {MapEdge} e */
  const ways = (e) => (e.kind === "TIE" ? steps.get(pairOf(e.a, e.b))?.ways : undefined);
  return { name: "way", title: t("map.ways"), show: (e) => ways(e)?.map((n) => number(n, 0)).join(", ") ?? "", by: (e) => ways(e)?.[0] };
}

/** @param {MapEdge} edge */
function strength(edge) {
  if (edge.kind !== "TIE") return "";
  return typeof edge.strength === "number" ? number(edge.strength, 2) : word("bands", edge.band ?? null);
}
