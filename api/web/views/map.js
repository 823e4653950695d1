// The influence map: people around a focus, from a team to an account, or the whole company as groups.
import { Problem } from "../core/api.js";
import { html, nothing } from "../core/dom.js";
import { t } from "../core/texts.js";
import { metaLine } from "../parts/meta.js";
import { empty, failed } from "../parts/states.js";
import "../graph/influence-map.js";
import { startFrom } from "./map-actions.js";
import { bar, title } from "./map-bar.js";
import { NEEDS, USUAL_SIZE, loadMap } from "./map-data.js";
import { COLOURINGS } from "./map-groups.js";
import { layoutFor } from "./map-memory.js";
import { overviewTables, shapeOverview } from "./map-overview.js";
import { mapNote } from "./map-saved.js";
import { SIZES, shapeMap } from "./map-shape.js";
import { stage } from "./map-stage.js";
import { mapTables } from "./map-tables.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("./map-data.js").MapData} MapData */
/** @typedef {import("./map-shape.js").Look} Look */

const USUAL_LIMIT = 100; // of the API
const MOST = 5000;

/** The latest context: colours are read anew when the system's theme changes. @type {Context | null} */
let latest = null;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (document.querySelector(".map-bar")) latest?.redraw();
});

/** @type {import("../core/app.js").View} */
export const view = {
  title: () => t("web.view_map"),
  needs: NEEDS,
  load: loadMap,
  /** @param {MapData} data @param {Context} context */
  show(data, context) {
    latest = context;
    const look = lookOf(context);
    return html`${bar(context, data, look)}${mapNote(data.saved)}${banner(context, data)}${body(context, data, look)}${metaLine((data.map ?? data.overview)?.meta)}`;
  },
};

/** @param {Context} context @returns {Look} */
function lookOf({ state }) {
  const [size, colour] = [state.get("size"), state.get("colour")];
  return { size: SIZES.includes(size) ? size : USUAL_SIZE, colour: COLOURINGS.includes(colour) ? colour : "level", only: state.all("only") };
}

/** @param {Context} context @param {MapData} data @param {Look} look */
function body(context, data, look) {
  const table = context.state.get("as") === "table";
  const label = title(context, data);
  if (data.overview) {
    if (data.overview.groups.length === 0) return empty(t("map.no_groups"));
    if (table) return html`<div class="map-tables">${overviewTables(context, data.overview)}</div>`;
    const layout = layoutFor(context.state, data), drawn = shapeOverview(data.overview);
    return stage(context, data, { graph: drawn.graph, shaped: null, drawn, look, label, layout, pending: false });
  }
  if (!data.map) return refused(context, data);
  if (data.map.nodes.length === 0) return empty(t("map.empty"), wayOut(context));
  const layout = layoutFor(context.state, data), shaped = shapeMap(data, look); // another map's groups choose their colours anew
  if (table) return mapTables(context, data.map, shaped, look);
  return stage(context, data, { graph: shaped.graph, shaped, look, label, layout, pending: data.pending });
}

/** Nothing to show: why, and where to go on. @param {Context} context @param {MapData} data */
function refused(context, data) {
  const status = data.refused instanceof Problem ? data.refused.status : 0;
  const retry = status === 0 || status >= 500 ? context.reload : undefined;
  return html`<div class="map-refused">${failed(data.refused, retry)}${wayOut(context)}</div>`;
}

/** @param {Context} context */
function wayOut({ state }) {
  const filtered = state.filters.length > 0;
  return html`<p class="row">
    ${filtered ? html`<a href=${state.with({ channel: null, kind: null, strength_min: null, age_max: null, level: null, industry: null, facts: null }).url}>${t("web.no_filters")}</a>` : nothing}
    ${state.get("limit") ? html`<a href=${state.with({ limit: null, hops: null }).url}>${t("map.usual_size")}</a>` : nothing}
    ${state.get("as_of") ? html`<a href=${state.with({ as_of: null }).url}>${t("map.newest")}</a>` : nothing}
    <a href=${startFrom(state, []).with({ panel: null, compare: null }).url}>${t("map.whole_company")}</a></p>`;
}

/** What is missing from the picture. @param {Context} context @param {MapData} data */
function banner(context, data) {
  const { state } = context;
  const { map } = data;
  if (!map && !data.overview) return nothing;
  const cut = (map ?? data.overview)?.cut ?? 0;
  const limit = Number(state.get("limit")) || USUAL_LIMIT;
  const more = Math.min(MOST, Math.max(limit * 2, 200));
  const dead = map && !state.get("team") ? state.all("focus").length - map.center.length : 0;
  const alone = map && map.nodes.length > 0 && map.nodes.length <= map.center.length && !cut;
  return html`${data.refused ? failed(data.refused) : nothing}
    ${dead > 0 ? html`<p class="map-banner">${t("map.dead", { n: dead })}</p>` : nothing}
    ${alone ? html`<p class="map-banner">${t("map.alone")} ${state.filters.length || state.get("as_of") ? wayOut(context) : nothing}</p>` : nothing}
    ${cut > 0 ? html`<p class="map-banner">${t(map ? "map.cut" : "map.cut_groups", { n: cut })} ${map && limit < MOST ? html`<a href=${state.with({ limit: more }).url}>${t("map.show_up_to", { n: more })}</a>` : nothing}</p>` : nothing}`;
}
