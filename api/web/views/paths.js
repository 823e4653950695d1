// Who can introduce me: from me, my team or anybody of ours, to a person, a role or a company; k ways side by side.
import { get } from "../core/api.js";
import { html, nothing, repeat } from "../core/dom.js";
import { entitiesOf } from "../core/names.js";
import { number, percent, t, word } from "../core/texts.js";
import { entityLink, nameOf } from "../parts/entity.js";
import { filterForm } from "../parts/filters.js";
import { metaLine } from "../parts/meta.js";
import { empty } from "../parts/states.js";
import { askFor } from "./paths-ask.js";
import { pathCard } from "./paths-card.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("../core/app.js").Entity} Entity */

const ROLES = ["decision_maker", "economic_buyer", "champion", "influencer", "user", "c_level", "vp", "director"];
const HOW_MANY = ["3", "5", "10"];
/** Stands for anybody of ours, where the reader is somebody. */
const ALL = "all";

/** Who starts: of the address, else the reader, else anybody of ours. @param {Context} context */
function sourceOf({ state, me }) {
  if (state.get("team")) return "";
  if (state.get("from")) return state.get("from") === ALL ? "" : state.get("from");
  return me.entity?.id ?? "";
}

/** @type {import("../core/app.js").View} */
export const view = {
  title: () => t("web.view_paths"),
  needs: ["to", "role", "from", "team", "via", "avoid", "k", "disjoint", "channel", "kind", "strength_min", "age_max", "level", "industry"],
  async load(context) {
    const { state } = context;
    const to = state.get("to");
    const source = sourceOf(context);
    const ids = [...new Set([to, source, ...state.all("via"), ...state.all("avoid")].filter(Boolean))];
    const named = entitiesOf(ids, context);
    const asked = to ? search(context, to, source) : Promise.resolve({});
    const [entities, found] = await Promise.all([named, asked]);
    return { names: new Map(entities.map((one) => [one.id, one])), ...found };
  },
  show(data, context) {
    return html`<h1>${t("paths.title")}</h1>${form(data, context)}${filterForm(context)}${answer(data, context)}`;
  },
};

/** @param {Context} context @param {string} to @param {string} source */
async function search(context, to, source) {
  const { state, signal } = context;
  const role = state.get("role");
  const params = /** @type {[string, string][]} */ ([
    ["to", role ? `role:${role}@${to}` : to], ...(source ? [["from", source]] : []),
    ...state.pick(["team", "via", "avoid", "k", "disjoint"]), ...state.filters, ...state.moment,
  ]);
  const found = await get("/paths", params, signal);
  if (found.paths.length) return { found };
  const start = /** @type {[string, string][]} */ (source ? [["from", source]] : []);
  const lacks = role ? null : await get("/lacks", [["to", to], ...start, ["k", "5"], ...state.moment], signal).catch(() => null);
  return { found, lacks };
}

/** @param {any} data @param {Context} context */
function form(data, context) {
  const { state, me } = context;
  const to = data.names.get(state.get("to"));
  const source = data.names.get(sourceOf(context));
  /** @param {string} name @param {string[]} kinds @param {string} label */
  const box = (name, kinds, label) => html`<search-box .label=${label} .kinds=${kinds} .moment=${state.moment}
    @pick=${(/** @type {CustomEvent} */ e) => context.go(state.with({ [name]: e.detail.id, ...(name === "to" ? { role: null } : { team: null }) }))}></search-box>`;
  return html`<div class="path-form card">
    <div class="path-end"><h2>${t("paths.from")}</h2>${chosen(source, () => context.go(state.with({ from: me.entity ? ALL : null })), state.get("team") ? teamName(context) : t("paths.anybody"))}
      ${box("from", ["person"], t("paths.choose_from"))}${teams(context)}</div>
    <div class="path-end"><h2>${t("paths.to")}</h2>${chosen(to, () => context.go(state.with({ to: null, role: null })), t("paths.nobody_yet"))}
      ${box("to", ["person", "organization"], t("paths.choose_to"))}${to?.label === "organization" ? roles(context) : nothing}</div>
    <details class="path-more" ?open=${state.all("via").length + state.all("avoid").length > 0 || state.get("disjoint") !== ""}><summary>${t("paths.more")}</summary><div class="row end">
      ${people("via", data, context)}${people("avoid", data, context)}
      <label>${t("paths.how_many")}<select @change=${(/** @type {Event} */ e) => context.go(state.with({ k: value(e) }))}>${HOW_MANY.map((k) => html`<option ?selected=${(state.get("k") || "5") === k}>${k}</option>`)}</select></label>
      <label class="check"><input type="checkbox" .checked=${state.get("disjoint") === "true"} @change=${() => context.go(state.with({ disjoint: state.get("disjoint") ? null : "true" }))}>${t("paths.disjoint")}</label></div></details>
  </div>`;
}

/** @param {Event} event */
function value(event) {
  return /** @type {HTMLSelectElement} */ (event.target).value;
}

/** @param {Entity & {dead?: boolean} | undefined} entity @param {() => void} drop @param {string} none */
function chosen(entity, drop, none) {
  if (!entity) return html`<p class="quiet">${none}</p>`;
  return html`<p class="chip ${entity.dead ? "poor" : ""}"><bdi>${entity.dead ? t("paths.unknown_id") : nameOf(entity)}</bdi> <button type="button" class="icon" aria-label=${t("paths.take_out", { name: nameOf(entity) })} @click=${drop}>×</button></p>`;
}

/** @param {Context} context */
function teamName({ state, me }) {
  return t("paths.team_of", { name: me.teams.find((one) => one.id === state.get("team"))?.name ?? t("web.nobody") });
}

/** @param {Context} context */
function teams(context) {
  const { state, me } = context;
  if (me.teams.length === 0) return nothing;
  return html`<label>${t("paths.team")}<select @change=${(/** @type {Event} */ e) => context.go(state.with({ team: value(e), from: value(e) ? null : state.get("from") }))}>
    <option value="">${t("paths.no_team")}</option>${me.teams.map((one) => html`<option value=${one.id} ?selected=${state.get("team") === one.id}>${t("paths.team_size", { name: one.name, n: one.size })}</option>`)}</select></label>`;
}

/** @param {Context} context */
function roles(context) {
  const { state } = context;
  return html`<label>${t("paths.role")}<select @change=${(/** @type {Event} */ e) => context.go(state.with({ role: value(e) }))}>
    <option value="">${t("paths.anybody_there")}</option>${ROLES.map((role) => html`<option value=${role} ?selected=${state.get("role") === role}>${word("roles", role)}</option>`)}</select></label>`;
}

/** @param {"via" | "avoid"} name @param {any} data @param {Context} context */
function people(name, data, context) {
  const { state } = context;
  const ids = state.all(name);
  return html`<div class="path-people"><span class="quiet">${t(`paths.${name}`)}</span>
    ${ids.map((id) => chosen(data.names.get(id), () => context.go(state.with({ [name]: ids.filter((one) => one !== id) })), ""))}
    <search-box .label=${t(`paths.choose_${name}`)} .kinds=${["person"]} .moment=${state.moment} @pick=${(/** @type {CustomEvent} */ e) => context.go(state.with({ [name]: [...ids, e.detail.id] }))}></search-box></div>`;
}

/** @param {any} data @param {Context} context */
function answer(data, context) {
  const { found, lacks } = data;
  if (!found) return empty(t("paths.ask"));
  if (found.paths.length === 0) return html`${empty(t("paths.none"))}${lacks ? lacking(lacks, context) : nothing}`;
  return html`<p class="quiet" role="status">${t(found.calibrated ? "paths.calibrated" : "paths.uncalibrated")} ${found.complete ? "" : t("paths.incomplete", { bound: percent(found.bound, 1) })}</p>
    <div class="path-cards">${repeat(found.paths, wayOf, (/** @type {any} */ path, i) => pathCard(path, i, found.calibrated, context, () => askFor(path, context)))}</div>
    ${metaLine(found.meta)}`;
}

/** What a way is known by: its people. @param {any} path */
function wayOf(path) {
  return path.hops.map((/** @type {any} */ hop) => `${hop.from_id},${hop.to_id}`).join(" ");
}

/** Nobody leads there: which new acquaintance would. @param {any} lacks @param {Context} context */
function lacking(lacks, context) {
  if (!lacks.items.length) return nothing;
  return html`<section><h2>${t("paths.lacks")}</h2><ul>${lacks.items.map((/** @type {any} */ one) => html`<li>${entityLink(context, one.from)} → ${entityLink(context, one.to)}
    <span class="quiet">${t("paths.would_give", { probability: percent(one.probability, 1), knows: number(one.knows, 0) })}</span>
    ${one.meeting.length ? html`<span class="quiet">${t("paths.meet_through")} ${one.meeting.map((/** @type {Entity} */ who) => entityLink(context, who))}</span>` : nothing}</li>`)}</ul></section>`;
}
