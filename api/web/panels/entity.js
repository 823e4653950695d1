// Panel of a person or organization: what is known, its scores, its course, its ties, its records with merges to undo.
import { get } from "../core/api.js";
import { html, nothing } from "../core/dom.js";
import { number, t, word } from "../core/texts.js";
import { entityLink, nameOf, scoreLink, tieLink } from "../parts/entity.js";
import { metaLine } from "../parts/meta.js";
import { corrections } from "./corrections.js";
import { course } from "./course.js";
import { openDeals } from "./deals.js";
import { scoreText } from "./figures.js";

/** @typedef {import("../core/app.js").Context} Context */

const TIES = "12";

/** @param {string[]} ids @param {Context} context */
export async function load(ids, context) {
  const [id = ""] = ids;
  const kind = context.state.get("panel").split(":")[0];
  const { moment } = context.state;
  const known = kind === "person" || kind === "organization";
  /** @param {string} path @param {[string, string][]} [more] */
  const ask = (path, more = []) => get(path, [...more, ...moment], context.signal);
  const [about, history, ties, corrected] = await Promise.all([
    known ? ask(`/${kind === "person" ? "people" : "organizations"}/${id}`) : null,
    ask(`/history/${id}`),
    known ? ask("/relationships", [["key", id], ["limit", TIES]]) : null,
    known ? ask("/corrections", [["key", id]]) : null,
  ]);
  return { about, history, ties, corrected };
}

/** @param {any} data @param {string[]} ids @param {Context} context */
export function show(data, ids, context) {
  const { about, history, ties, corrected } = data;
  const entity = about?.entity ?? history.entity;
  return html`<header><p class="quiet">${word("labels", entity.label)}${about?.left ? html` · <span class="tag poor">${t("panels.left")}</span>` : nothing}${about?.internal ? html` · <span class="tag">${t("panels.ours")}</span>` : nothing}</p>
      <h2><bdi>${nameOf(entity)}</bdi></h2>${about ? facts(about, context) : nothing}
      ${about?.meta.hidden ? html`<p class="quiet">${t(entity.label === "person" ? "panels.closed_person" : "panels.closed_company")}</p>` : nothing}
      ${links(entity, ids, context)}</header>
    ${about?.scores?.length ? html`<section><h3>${t("panels.scores")}</h3>${about.scores.map((/** @type {any} */ s) => score(s, entity.id, context))}</section>` : nothing}
    ${about ? openDeals(about.opportunities, context) : nothing}
    ${ties?.items?.length ? html`<section><h3>${t("panels.ties")}</h3><ul class="plain-list">${ties.items.map((/** @type {any} */ one) => tie(one, entity, context))}</ul></section>` : nothing}
    ${course(history, context)}
    ${corrected ? corrections(corrected, entity, context) : nothing}
    ${metaLine(about?.meta ?? history.meta)}`;
}

/** @param {any} about @param {Context} context */
function facts(about, context) {
  return html`<dl class="facts">
    ${about.title ? html`<div><dt>${t("panels.title")}</dt><dd><bdi>${about.title}</bdi></dd></div>` : nothing}
    ${about.level && about.level !== "unknown" ? html`<div><dt>${t("web.level")}</dt><dd>${word("levels", about.level)}</dd></div>` : nothing}
    ${about.organization ? html`<div><dt>${t("panels.works_at")}</dt><dd>${entityLink(context, about.organization)}</dd></div>` : nothing}
    ${about.email ? html`<div><dt>${t("panels.email")}</dt><dd><a href="mailto:${about.email}">${about.email}</a></dd></div>` : nothing}
  </dl>`;
}

/** @param {any} entity @param {string[]} ids @param {Context} context */
function links(entity, ids, context) {
  const [id = ""] = ids;
  if (entity.label !== "person" && entity.label !== "organization") return nothing;
  return html`<p class="row"><a href=${context.state.to("map", { focus: id, panel: context.state.get("panel") }).url}>${t("panels.on_map")}</a>
    <a href=${context.state.to("paths", { to: id }).url}>${t("panels.paths_to")}</a></p>`;
}

/** @param {any} s @param {string} id @param {Context} context */
function score(s, id, context) {
  const title = word("scores", s.name);
  if (s.value === null) return html`<div class="score-row"><span>${title}</span><span class="quiet">${s.reason ?? t("web.none")}</span></div>`;
  return html`<div class="score-row"><span>${title}</span><span>${scoreLink(context, s.name, [id], html`<strong>${scoreText(s)}</strong>`)}
    ${s.rank ? html`<span class="quiet">${s.of ? t("panels.rank_of", { rank: number(s.rank, 0), of: number(s.of, 0) }) : t("panels.rank", { rank: number(s.rank, 0) })}</span>` : nothing}
    ${s.override !== null && s.override !== undefined ? html`<span class="tag fair">${t("panels.override", { value: s.override })}</span>` : nothing}</span></div>`;
}

/** @param {any} one @param {any} entity @param {Context} context */
function tie(one, entity, context) {
  const mine = one.a.id === entity.id ? one.a : one.b.id === entity.id ? one.b : null;
  const text = html`<span class="tag ${one.band === "strong" ? "good" : ""}">${word("bands", one.band)}</span>`;
  const side = (/** @type {"a" | "b"} */ end) => html`${entityLink(context, one[end])}${one[`${end}_internal`] ? html` <span class="tag">${t("panels.ours")}</span>` : nothing}`;
  const names = mine ? side(mine === one.a ? "b" : "a") : html`${side("a")} – ${side("b")}`;
  return html`<li class="row spread"><span>${names}</span>${tieLink(context, one.a.id, one.b.id, text)}</li>`;
}
