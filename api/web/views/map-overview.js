// The whole company at once: groups as big nodes, contacts between them as edges.
import { number, t, word } from "../core/texts.js";
import { html, svg } from "../core/dom.js";
import { dataTable } from "../parts/table.js";
import { entityLink } from "../parts/entity.js";
import { ageClass, colours } from "./map-colours.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("../graph/types.js").Graph} Graph */
/** @typedef {import("./map-data.js").Overview} Overview */
/** @typedef {import("./map-data.js").OverviewGroup} OverviewGroup */

const DAY = 86_400_000;
const STRONGEST = 4; // edges drawn of each group at least
/** @typedef {{name: string, mark: string, colour: string}} Class */
/** @typedef {{graph: Graph, classes: Class[]}} Drawn */
/** @type {{overview: Overview, key: string, drawn: Drawn} | null} */
let kept = null;

/** Whether a group is of our own people. @param {OverviewGroup} group */
function isOurs(group) {
  return group.ours * 2 > group.size;
}

/** @param {Overview} overview @returns {Drawn} the same object for the same answer, theme and language */
export function shapeOverview(overview) {
  const palette = colours();
  const key = palette.series.join() + document.documentElement.lang;
  if (kept?.overview === overview && kept.key === key) return kept.drawn;
  const { classes, classOf } = overview.by === "organization" ? byIndustry(overview) : byInfluence(overview);
  let most = 1;
  for (const group of overview.groups) most = Math.max(most, group.size);
  const nodes = overview.groups.map((group) => ({
    id: group.id,
    label: "group",
    text: group.name || t("web.nobody"),
    sub: t("map.people", { n: group.size }),
    radius: 8 + 24 * Math.sqrt(group.size / most),
    color: classOf(group).colour,
    shape: /** @type {"circle" | "square"} */ (overview.by === "organization" ? "square" : "circle"),
  }));
  const drawn = { graph: { nodes, edges: backbone(overview) }, classes };
  kept = { overview, key, drawn };
  return drawn;
}

/** Ours, then the commonest industries. @param {Overview} overview */
function byIndustry(overview) {
  const { series } = colours();
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const group of overview.groups) if (!isOurs(group)) counts.set(group.industry ?? "", (counts.get(group.industry ?? "") ?? 0) + 1);
  const names = [...counts].filter(([name]) => name).sort((p, q) => q[1] - p[1] || (p[0] < q[0] ? -1 : 1)).map(([name]) => name).slice(0, 8);
  const ours = { name: t("map.ours"), mark: "series-0", colour: series[0] ?? "" };
  const other = { name: t("map.other_industries"), mark: "series-9", colour: series[9] ?? "" };
  const known = new Map(names.map((name, i) => [name, { name: word("industries", name), mark: `series-${i + 1}`, colour: series[i + 1] ?? "" }]));
  return { classes: [ours, ...known.values(), other], classOf: (/** @type {OverviewGroup} */ group) => (isOurs(group) ? ours : known.get(group.industry ?? "") ?? other) };
}

/** How much the members' work is taken up by others, all together. @param {Overview} overview */
function byInfluence(overview) {
  const { heat } = colours();
  let top = 0;
  for (const group of overview.groups) top = Math.max(top, group.influence ?? 0);
  const classes = heat.map((colour, i) => ({ name: i === 0 ? t("map.influence_least") : i === heat.length - 1 ? t("map.influence_most") : "", mark: `heat-${i}`, colour }));
  /** @param {OverviewGroup} group */
  const classOf = (group) => classes[top > 0 ? Math.min(heat.length - 1, Math.floor(heat.length * ((group.influence ?? 0) / top))) : 0] ?? /** @type {Class} */ (classes[0]);
  return { classes, classOf };
}

/** The strongest edges of each group; all of them would hide everything, and are in the table. @param {Overview} overview */
function backbone(overview) {
  const { ages } = colours();
  const now = new Date(overview.meta.as_of).getTime();
  /** @type {Map<string, number>} */
  const drawn = new Map();
  const order = [...overview.edges].sort((p, q) => q.ties - p.ties);
  const ties = order[0]?.ties ?? 1;
  const edges = [];
  for (const edge of order) {
    const [a, b] = [drawn.get(edge.a) ?? 0, drawn.get(edge.b) ?? 0];
    if (Math.min(a, b) >= STRONGEST) continue;
    drawn.set(edge.a, a + 1).set(edge.b, b + 1);
    edges.push({
      a: edge.a,
      b: edge.b,
      width: 0.8 + 4 * (edge.ties / ties),
      color: ages[ageClass(edge.last ? (now - new Date(edge.last).getTime()) / DAY : null)] ?? "",
      directed: false,
    });
  }
  return edges;
}

/** @param {Drawn} drawn @param {Overview} overview */
export function overviewLegend(drawn, overview) {
  const heat = overview.by !== "organization";
  return html`<details class="map-legend" ?open=${innerWidth >= 1000}><summary>${t("map.legend")}</summary><div class="legend-body">
    <h2>${heat ? t("map.group_influence") : t("web.industry")}</h2>
    ${heat ? html`<p class="legend-line"><span>${drawn.classes[0]?.name}</span><svg width="90" height="14" viewBox="0 0 90 14" aria-hidden="true">${drawn.classes.map((c, i) => svg`<rect class=${c.mark} x=${i * 18} width="18" height="14"></rect>`)}</svg><span>${drawn.classes.at(-1)?.name}</span></p>`
      : html`<ul class="legend-ages">${drawn.classes.map((c) => html`<li><svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><rect class=${c.mark} width="14" height="14" rx="3"></rect></svg><span>${c.name}</span></li>`)}</ul>`}
    <h2>${t("map.size_is")}</h2><p class="legend-line"><span>${t("map.size_people")}</span></p>
    <h2>${t("map.edges_are")}</h2><p class="legend-line"><span>${t("map.strongest_only")}</span></p></div></details>`;
}

/** The state that opens a group: a team as such, others by their most central people. @param {Context} context @param {Overview} overview @param {string} id */
export function openGroup(context, overview, id) {
  const group = overview.groups.find((one) => one.id === id);
  if (!group) return context.state;
  const team = overview.by === "team" && context.me.teams.some((one) => one.id === id);
  return context.state.with({ by: null, panel: null, ...(team ? { team: id } : { focus: group.members.map((member) => member.id) }) });
}

/** @param {Context} context @param {Overview} overview */
export function overviewTables(context, overview) {
  const names = new Map(overview.groups.map((group) => [group.id, group.name]));
  /** @param {string} id */
  const link = (id) => html`<a href=${openGroup(context, overview, id).url}><bdi>${names.get(id) || t("web.nobody")}</bdi></a>`;
  return html`${dataTable({
    caption: t("map.groups_table"),
    rows: overview.groups,
    ...sorting(context, "sort"),
    columns: [
      { name: "name", title: t(`map.by_${overview.by}`), show: (g) => link(g.id), by: (g) => g.name },
      { name: "size", title: t("map.size_people"), show: (g) => number(g.size, 0), by: (g) => g.size, number: true },
      { name: "ours", title: t("map.side"), show: (g) => (isOurs(g) ? t("map.ours") : t("map.outside")), by: (g) => Number(isOurs(g)) },
      { name: "influence", title: word("scores", "influence"), show: (g) => number(g.influence), by: (g) => g.influence, number: true },
      { name: "members", title: t("map.central"), show: (g) => html`${g.members.map((m, i) => html`${i ? ", " : ""}${entityLink(context, m)}`)}` },
    ],
  })}
  ${dataTable({
    caption: t("map.between_table"),
    rows: overview.edges,
    ...sorting(context, "esort"),
    columns: [
      { name: "a", title: t("map.from"), show: (e) => link(e.a), by: (e) => names.get(e.a) },
      { name: "b", title: t("map.to"), show: (e) => link(e.b), by: (e) => names.get(e.b) },
      { name: "ties", title: t("map.ties"), show: (e) => number(e.ties, 0), by: (e) => e.ties, number: true },
      { name: "strength", title: word("scores", "tie_strength"), show: (e) => number(e.strength), by: (e) => e.strength, number: true },
    ],
  })}`;
}

/** The order of a table is part of the address. @param {Context} context @param {string} name */
export function sorting(context, name) {
  return { sort: context.state.get(name), onSort: (/** @type {string} */ sort) => context.go(context.state.with({ [name]: sort }), { replace: true }) };
}
