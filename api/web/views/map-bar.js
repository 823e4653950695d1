// Above the map: what it shows, and the controls that change it. Every control makes another address.
import { html, live, nothing } from "../core/dom.js";
import { date, t, word } from "../core/texts.js";
import { nameOf } from "../parts/entity.js";
import { filterGrid, filtersSet } from "../parts/filters.js";
import { drop, shut } from "./map-drop.js";
import { exportSheet } from "./map-export.js";
import { COLOURINGS } from "./map-groups.js";
import { GROUPINGS, asksMap } from "./map-data.js";
import { savedSheet } from "./map-saved.js";
import { SIZES } from "./map-shape.js";
import { startFrom, without } from "./map-actions.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("./map-data.js").MapData} MapData */
/** @typedef {import("./map-shape.js").Look} Look */

const DAY = 86_400_000;
const BACK = [28, 91, 365]; // days to compare with
const LIMITS = [100, 200, 300, 500, 1000, 2000];

/** @param {Context} context @param {MapData} data @param {Look} look */
export function bar(context, data, look) {
  const { state } = context;
  const hasMap = asksMap(state);
  const hidden = state.all("hide").length;
  return html`<div class="map-bar">
    <div class="map-head"><h1><bdi>${title(context, data)}</bdi></h1><p class="quiet" role="status">${summary(data)}</p></div>
    <div class="map-tools" role="toolbar" aria-label=${t("map.tools")}>
      ${hasMap ? nothing : groupings(context)}
      ${drop("people", t("map.people_sheet"), people(context, data), { tag: hidden ? t("map.hidden_tag", { n: hidden }) : null })}
      ${hasMap ? drop("look", t("map.look"), looks(context, look)) : nothing}
      ${hasMap ? drop("filters", t("web.filters"), filters(context), { tag: filtersSet(context) || null, wide: true }) : nothing}
      ${hasMap ? drop("compare", t("map.compare"), compare(context), { tag: state.get("compare") ? date(state.get("compare")) : null }) : nothing}
      ${savedSheet(context, data)}
      ${exportSheet(context, data)}
      ${twin(context)}
    </div></div>`;
}

/** Picture or tables. @param {Context} context */
function twin({ state }) {
  const table = state.get("as") === "table";
  return html`<nav class="switch" aria-label=${t("map.shown_as")}><a href=${state.with({ as: null }).url} aria-current=${table ? "false" : "page"}>${t("map.as_map")}</a><a href=${state.with({ as: "table" }).url} aria-current=${table ? "page" : "false"}>${t("map.as_table")}</a></nav>`;
}

/** @param {Context} context */
function groupings({ state }) {
  const now = GROUPINGS.includes(state.get("by")) ? state.get("by") : "community";
  return html`<nav class="switch" aria-label=${t("map.grouped")}>${GROUPINGS.map((by) => html`<a href=${state.with({ by }).url} aria-current=${by === now ? "page" : "false"}>${t(`map.by_${by}`)}</a>`)}</nav>`;
}

/** @param {Context} context @param {MapData} data */
export function title(context, data) {
  const { state, me } = context;
  if (data.saved) return data.saved.name;
  if (!asksMap(state)) return t("map.overview");
  const team = me.teams.find((one) => one.id === state.get("team"));
  const names = team ? [t("map.team_of", { name: team.name })] : (data.map?.center ?? []).map(nameOf);
  const from = names.length > 2 ? t("map.and_others", { name: names[0], n: names.length - 1 }) : names.join(t("map.and"));
  const to = state.get("to") ? data.map?.nodes.find((node) => node.id === state.get("to")) : undefined;
  if (to) return t("map.from_to", { from, to: nameOf(to) });
  return from || t("web.view_map");
}

/** @param {MapData} data */
function summary({ map, overview }) {
  if (overview) return t("map.overview_count", { groups: overview.groups.length, edges: overview.edges.length });
  if (!map) return "";
  const counts = t("map.count", { nodes: map.nodes.length, edges: map.edges.length });
  return map.compare ? `${counts} · ${t("map.compared", { date: date(map.compare.as_of), new: map.compare.new, gone: map.compare.gone })}` : counts;
}

/** Whom the map is about. @param {Context} context @param {MapData} data */
function people(context, data) {
  const { state, me } = context;
  const focus = state.all("focus");
  const known = new Map((data.map?.nodes ?? []).map((node) => [node.id, node]));
  for (const entity of data.map?.center ?? []) if (!known.has(entity.id)) known.set(entity.id, /** @type {any} */ (entity));
  /** @param {string} id */
  const add = (id) => context.go(state.with({ focus: [...new Set([...focus, id])], by: null }));
  const mine = me.entity && !focus.includes(me.entity.id) ? me.entity.id : null;
  return html`<h2>${t("map.around")}</h2>
    ${focus.length ? html`<ul class="chips">${focus.map((id) => chip(nameOf(known.get(id)), () => context.go(state.with({ focus: without(state, "focus", id) }))))}</ul>` : nothing}
    <search-box .label=${t("map.add_someone")} .kinds=${KINDS} .moment=${state.moment} @pick=${(/** @type {CustomEvent} */ e) => add(e.detail.id)}></search-box>
    ${mine ? html`<button type="button" @click=${() => add(mine)}>${t("map.add_me")}</button>` : nothing}
    ${me.teams.length ? html`<label>${t("map.team")}<select @change=${(/** @type {Event} */ e) => context.go(state.with({ team: value(e), by: null }))}>
      <option value="">${t("map.no_team")}</option>${me.teams.map((team) => html`<option value=${team.id} ?selected=${team.id === state.get("team")}>${t("map.team_size", { name: team.name, size: team.size })}</option>`)}</select></label>` : nothing}
    <h2>${t("map.towards")}</h2><p class="quiet">${t("map.towards_help")}</p>
    ${state.get("to") ? html`<ul class="chips">${chip(nameOf(known.get(state.get("to"))), () => context.go(state.with({ to: null })))}</ul>` : nothing}
    <search-box .label=${t("map.choose_target")} .kinds=${KINDS} .moment=${state.moment} @pick=${(/** @type {CustomEvent} */ e) => context.go(state.with({ to: e.detail.id, by: null }))}></search-box>
    <div class="row">
    ${state.all("hide").length ? html`<button type="button" @click=${() => context.go(state.with({ hide: null }))}>${t("map.show_hidden", { n: state.all("hide").length })}</button>` : nothing}
    ${state.all("pin").length ? html`<button type="button" @click=${() => context.go(state.with({ pin: null }))}>${t("map.unpin_all", { n: state.all("pin").length })}</button>` : nothing}
    ${asksMap(state) ? html`<a href=${startFrom(state, []).with({ panel: null }).url} @click=${() => shut("people")}>${t("map.whole_company")}</a>` : nothing}</div>`;
}

const KINDS = ["person", "organization"];

/** @param {string} name @param {() => void} remove */
function chip(name, remove) {
  return html`<li class="chip"><bdi title=${name}>${name}</bdi><button type="button" class="icon" aria-label=${t("map.remove", { name })} title=${t("map.remove", { name })} @click=${remove}>×</button></li>`;
}

/** How it is drawn, and how far it reaches. @param {Context} context @param {Look} look */
function looks(context, look) {
  const { state } = context;
  const hops = state.get("hops");
  const limit = state.get("limit");
  const limits = limit && !LIMITS.includes(Number(limit)) ? [...LIMITS, Number(limit)].sort((a, b) => a - b) : LIMITS;
  return html`${choice(context, "size", t("map.size_by"), SIZES.map((name) => [name, sizeName(name)]), look.size)}
    ${choice(context, "colour", t("map.colour_by"), COLOURINGS.map((name) => [name, t(`map.colour_${name}`)]), look.colour, { only: null })}
    ${choice(context, "hops", t("map.hops"), [["", t("map.usual")], ...[1, 2, 3].map((n) => /** @type {[string, string]} */ ([String(n), t("map.hops_n", { n })]))], hops)}
    ${choice(context, "limit", t("map.limit"), [["", t("map.usual")], ...limits.map((n) => /** @type {[string, string]} */ ([String(n), t("map.limit_n", { n })]))], limit)}
    <label class="check"><input type="checkbox" .checked=${live(state.get("facts") !== "false")} @change=${(/** @type {Event} */ e) => context.go(state.with({ facts: /** @type {HTMLInputElement} */ (e.target).checked ? null : "false" }))}>${t("map.facts")}</label>`;
}

/** @param {string} name */
export function sizeName(name) {
  return name === "equal" ? t("map.size_equal") : word("scores", name);
}

/** @param {Context} context @param {string} name @param {string} label @param {[string, string][]} options @param {string} now @param {import("../core/state.js").Change} [also] */
function choice(context, name, label, options, now, also = {}) {
  return html`<label>${label}<select @change=${(/** @type {Event} */ e) => context.go(context.state.with({ [name]: value(e), ...also }))}>
    ${options.map(([key, text]) => html`<option value=${key} ?selected=${key === now}>${text}</option>`)}</select></label>`;
}

/** @param {Context} context */
function filters(context) {
  return html`<p class="quiet">${t("map.filters_help")}</p>${filterGrid(context)}`;
}

/** @param {Context} context */
function compare(context) {
  const { state, me } = context;
  const now = new Date(state.get("as_of") || me.last).getTime();
  const first = new Date(me.first).getTime();
  const days = BACK.filter((n) => now - n * DAY >= first);
  /** @param {number} n */
  const back = (n) => new Date(now - n * DAY).toISOString().slice(0, 10);
  return html`<p class="quiet">${t("map.compare_help")}</p>
    <label>${t("map.compare_date")}<input type="date" .value=${live(state.get("compare").slice(0, 10))} min=${me.first.slice(0, 10)} max=${me.last.slice(0, 10)}
      @change=${(/** @type {Event} */ e) => context.go(state.with({ compare: value(e) }))}></label>
    <div class="row">${days.map((n) => html`<button type="button" @click=${() => context.go(state.with({ compare: back(n) }))}>${t(`map.back_${n}`)}</button>`)}
    ${state.get("compare") ? html`<button type="button" @click=${() => context.go(state.with({ compare: null }))}>${t("map.compare_end")}</button>` : nothing}</div>`;
}

/** @param {Event} event */
function value(event) {
  return /** @type {HTMLInputElement | HTMLSelectElement} */ (event.target).value;
}
