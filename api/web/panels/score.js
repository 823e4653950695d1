// Panel of a score: the sum of its terms as a bar, each term open down to source records; accuracy and age beside it.
import { get } from "../core/api.js";
import { html, nothing } from "../core/dom.js";
import { date, moment, number, t, word } from "../core/texts.js";
import { send } from "../parts/attempt.js";
import { termsBar } from "../parts/bars.js";
import { entityLink } from "../parts/entity.js";
import { evidenceList } from "../parts/evidence.js";
import { accuracy, metaLine } from "../parts/meta.js";
import { intervalText, scoreText } from "./figures.js";

/** @typedef {import("../core/app.js").Context} Context */

/** How the API writes a moment. */
const TIME = /^\d{4}-\d\d-\d\dT/;

/** @param {string[]} ids name, then one id or two @param {Context} context */
export async function load(ids, context) {
  const [name = "", key = "", other] = ids;
  const params = /** @type {[string, string][]} */ ([["key", key], ...(other ? [["other", other]] : []), ...context.state.moment]);
  return get(`/explain/${name}`, params, context.signal);
}

/** @param {any} data @param {string[]} _ids @param {Context} context */
export function show(data, _ids, context) {
  const { score, meta } = data;
  const terms = data.terms.filter((/** @type {any} */ one) => one.value !== null);
  const parts = terms.map((/** @type {any} */ one) => ({ name: one.term, value: one.value, text: `${word("terms", one.term)}: ${number(one.value, 3)}` }));
  return html`<header><p class="quiet">${word("scores", score.name)}</p>
      <h2>${entityLink(context, score.a)}${score.b ? html` – ${entityLink(context, score.b)}` : nothing}</h2>
      <p class="big">${score.value === null ? t("panels.not_known") : scoreText(score)} <span class="quiet">${intervalText(score)}</span></p>
      ${score.reason ? html`<p>${score.reason}</p>` : nothing}
      ${score.override !== null ? html`<p><span class="tag fair">${t("panels.override", { value: number(score.override, 2) })}</span></p>` : nothing}</header>
    ${parts.length ? html`<section><h3>${t("panels.sum")}</h3>${termsBar(parts, t("panels.sum_of", { terms: parts.map((/** @type {any} */ p) => p.text).join("; ") }))}
      <p class="quiet">${t(`panels.link_${score.link}`)}</p>
      <div class="term-list">${data.terms.map(term)}</div></section>` : nothing}
    ${figures(score.beside)}
    <section><h3>${t("panels.trust")}</h3>${Object.keys(meta.accuracy ?? {}).length ? accuracy(meta.accuracy) : html`<p class="quiet">${t("panels.not_measured")}</p>`}${model(meta, score.name)}</section>
    ${context.me.scopes.includes("admin") ? correct(score, context) : nothing}
    ${metaLine(meta)}`;
}

/** @param {any} one @param {number} i */
function term(one, i) {
  const figure = one.value === null ? t("panels.not_measured_term") : `${one.value > 0 ? "+" : ""}${number(one.value, 3)}`;
  return html`<details class="term-open"><summary><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="term-${i % 10}" width="10" height="10" rx="2"></rect></svg>
      <span>${word("terms", one.term)}</span><span class="number">${figure}</span></summary>
    <p class="quiet">${t(`panels.kind_${one.kind}`)}</p>${one.text ? html`<p>${one.text}</p>` : nothing}
    ${one.evidence.length || one.evidence_count ? evidenceList(one.evidence, Math.max(0, hiddenIn(one)), one.kind === "sum") : nothing}
    ${rest(one)}</details>`;
}

/** What the records beyond those listed add to a sum, so that it can be checked. @param {any} one */
function rest(one) {
  const n = one.evidence_count - one.evidence.length;
  if (one.kind !== "sum" || one.value === null || one.evidence.length === 0 || n <= 0) return nothing;
  const listed = one.evidence.reduce((/** @type {number} */ sum, /** @type {any} */ e) => sum + (e.share ?? 0), 0);
  return html`<p class="quiet">${t("panels.rest", { n, value: number(one.value - listed, 3) })}</p>`;
}

/** Records of a term that are not in the answer. @param {any} one */
function hiddenIn(one) {
  return one.evidence.length === 0 ? one.evidence_count : 0;
}

/** @param {Record<string, any>} beside */
function figures(beside) {
  const rows = Object.entries(beside ?? {}).filter(([name, value]) => !name.startsWith("points_") && value !== null && typeof value !== "object");
  if (rows.length === 0) return nothing;
  return html`<section><h3>${t("panels.figures")}</h3><dl class="facts">${rows.map(([name, value]) => html`<div><dt>${word("beside", name)}</dt><dd>${typeof value === "number" ? number(value, 2) : typeof value === "boolean" ? t(value ? "panels.yes" : "panels.no") : TIME.test(value) ? moment(value) : word("bands", String(value))}</dd></div>`)}</dl></section>`;
}

/** @param {any} meta @param {string} name */
function model(meta, name) {
  const used = meta.models?.[name];
  const computed = meta.computed?.[name];
  return html`${used ? html`<p class="quiet">${used.fitted ? t("panels.model", { id: used.id, date: date(used.fitted) }) : t("panels.prior")}</p>` : nothing}
    ${computed ? html`<p class="quiet">${t("panels.computed", { date: date(computed) })}</p>` : nothing}`;
}

/** A person's own value, shown beside the computed one and used by lists and paths. @param {any} score @param {Context} context */
function correct(score, context) {
  /** @param {SubmitEvent} event */
  const keep = (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const given = String(form.get("value") ?? "").trim();
    const value = given === "" ? null : Number(given) / (score.unit === "probability" ? 100 : 1);
    const body = { name: score.name, key: score.a.id, other: score.b?.id, value, reason: String(form.get("reason") ?? "") };
    void send(context, "/corrections/override", body, t("panels.corrected"));
  };
  return html`<details><summary>${t("panels.correct")}</summary><form class="row end" @submit=${keep}>
    <label>${score.unit === "probability" ? t("panels.value_percent") : t("panels.value")}<input name="value" type="number" step="any" min="0"></label>
    <label>${t("panels.why")}<input name="reason" maxlength="300"></label><button type="submit">${t("panels.keep")}</button><p class="quiet">${t("panels.correct_hint")}</p></form></details>`;
}
