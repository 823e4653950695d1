// Panel of a relationship: both directions, health and strength to open, its course, what is said between the two.
import { get } from "../core/api.js";
import { html, nothing } from "../core/dom.js";
import { date, number, percent, t, word } from "../core/texts.js";
import { bar } from "../parts/bars.js";
import { entityLink, scoreLink } from "../parts/entity.js";
import { metaLine } from "../parts/meta.js";
import { course } from "./course.js";

/** @typedef {import("../core/app.js").Context} Context */

/** @param {string[]} ids @param {Context} context */
export async function load(ids, context) {
  const pair = /** @type {[string, string][]} */ ([["key", ids[0] ?? ""], ["other", ids[1] ?? ""]]);
  const [tie, history] = await Promise.all([
    get("/tie", [...pair, ...context.state.moment], context.signal),
    get(`/history/${ids[0]}`, [["other", ids[1] ?? ""], ...context.state.moment], context.signal),
  ]);
  return { tie: tie.tie, meta: tie.meta, history };
}

/** @param {any} data @param {string[]} _ids @param {Context} context */
export function show(data, _ids, context) {
  const { tie, meta, history } = data;
  const both = [tie.a.id, tie.b.id];
  return html`<header><p class="quiet">${t("panels.relationship")}</p><h2>${entityLink(context, tie.a)} – ${entityLink(context, tie.b)}</h2>
      <p><span class="tag ${tie.band === "strong" ? "good" : tie.band === "weak" ? "poor" : "fair"}">${word("bands", tie.band)}</span>
      ${tie.strength === null ? html`<span class="quiet">${t("panels.only_band")}</span>` : nothing}</p></header>
    ${tie.strength === null ? nothing : html`<section>
      <div class="score-row"><span>${word("scores", "tie_strength")}</span>${scoreLink(context, "tie_strength", both, html`<strong>${number(tie.strength, 2)}</strong>`)}</div>
      ${tie.health === null ? nothing : html`<div class="score-row"><span>${word("scores", "relationship_health")}</span><span>${scoreLink(context, "relationship_health", both, html`<strong>${percent(tie.health)}</strong>`)}${trend(tie.trend)}</span></div>${bar(tie.health, percent(tie.health))}`}
      ${tie.active === null ? nothing : html`<div class="score-row"><span>${word("scores", "active")}</span>${scoreLink(context, "active", both, html`<strong>${percent(tie.active)}</strong>`)}</div>`}
      <dl class="facts"><div><dt>${t("panels.reciprocity")}</dt><dd>${percent(tie.reciprocity)}</dd></div>
        ${tie.strength_ab !== null ? html`<div><dt>${t("panels.both_ways")}</dt><dd>${t("panels.there_and_back", { there: number(tie.strength_ab, 2), back: number(tie.strength_ba, 2) })}</dd></div>` : nothing}
        <div><dt>${t("panels.first")}</dt><dd>${date(tie.first)}</dd></div><div><dt>${t("panels.last")}</dt><dd>${date(tie.last)}</dd></div></dl>
      <p class="row"><a href=${context.state.to("map", { focus: both, panel: context.state.get("panel") }).url}>${t("panels.on_map")}</a></p></section>`}
    ${course(history, context)}
    ${metaLine(meta)}`;
}

/** @param {{before: number, after: number, days: number} | null} trend_ */
function trend(trend_) {
  if (!trend_) return nothing;
  const kind = trend_.after < trend_.before ? "poor" : "good";
  return html` <span class="tag ${kind}">${t("panels.trend_of", { before: percent(trend_.before), days: trend_.days })}</span>`;
}
