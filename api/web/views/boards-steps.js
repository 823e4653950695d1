// Recommended next steps and asks for introductions, with what became of them.
import { Problem, get } from "../core/api.js";
import { html, nothing, repeat } from "../core/dom.js";
import { date, dayAhead, t } from "../core/texts.js";
import { send } from "../parts/attempt.js";
import { entityLink } from "../parts/entity.js";
import { evidenceList } from "../parts/evidence.js";
import { metaLine } from "../parts/meta.js";
import { empty, failed } from "../parts/states.js";

/** @typedef {import("../core/app.js").Context} Context */

const STATES = ["proposed", "confirmed", "snoozed", "declined"];
const LATER_DAYS = 30;

/** @param {Context} context */
export async function load({ state, signal }) {
  const asked = state.get("state") || "proposed";
  const [steps, asks] = await Promise.all([
    get("/recommendations", [["state", asked], ["limit", "60"], ...state.moment], signal).catch(refused),
    get("/asks", state.moment, signal),
  ]);
  return { steps, asks, asked };
}

/** What the API says it cannot give for this date is told in the place of the steps. @param {unknown} error */
function refused(error) {
  if (error instanceof Problem && [400, 404, 409, 422].includes(error.status)) return { refused: error };
  throw error;
}

/** @param {any} data @param {Context} context */
export function show(data, context) {
  const { steps, asks, asked } = data;
  const then = context.state.get("as_of");
  return html`<div class="toolbar"><label>${t("boards.state")}<select @change=${(/** @type {Event} */ e) => context.go(context.state.with({ state: /** @type {HTMLSelectElement} */ (e.target).value }))}>
      ${STATES.map((state) => html`<option value=${state} ?selected=${state === asked}>${t(`boards.state_${state}`)}</option>`)}</select></label></div>
    <h1>${t("boards.steps_title")}</h1>
    ${then && !steps.refused ? html`<p class="quiet">${t("boards.steps_then", { date: date(then) })} <a href=${context.state.with({ as_of: null }).url}>${t("boards.steps_newest")}</a></p>` : nothing}
    ${steps.refused ? failed(steps.refused) : list(steps, context)}
    <h2>${t("boards.asks_title")}</h2>
    ${asks.items.length === 0 ? empty(t("boards.no_asks"), html`<a href=${context.state.to("paths").url}>${t("web.view_paths")}</a>`) : html`<ul class="plain-list">${asks.items.map((/** @type {any} */ one) => askLine(one, context))}</ul>`}
    ${metaLine(steps.meta ?? asks.meta)}`;
}

/** @param {any} steps @param {Context} context */
function list({ items, meta }, context) {
  if (items.length === 0) return empty(t("boards.no_steps"));
  return html`<div class="cards">${repeat(items, (/** @type {any} */ one) => one.id, (/** @type {any} */ one) => card(one, context))}</div>
    ${meta.total > items.length ? html`<p class="quiet">${t("boards.steps_shown", { shown: items.length, total: meta.total })}</p>` : nothing}`;
}

/** Decisions are made on what is proposed now. @param {Context} context */
function decides({ me, state }) {
  return me.scopes.includes("write") && !state.get("as_of");
}

/** @param {any} one @param {Context} context */
function card(one, context) {
  return html`<article class="card"><h3>${t("boards.step", { play: one.play_text })} ${entityLink(context, one.target)}</h3>
    <p class="quiet">${one.owner ? entityLink(context, one.owner) : nothing}${one.expires ? html` · ${t("boards.until", { date: date(one.expires) })}` : nothing}</p>
    <ul>${one.reasons.map((/** @type {string} */ reason) => html`<li>${reason}</li>`)}</ul>
    <details><summary>${t("top.evidence", { n: one.evidence.length })}</summary>${evidenceList(one.evidence)}</details>
    ${one.reason ? html`<p><q><bdi>${one.reason}</bdi></q></p>` : nothing}
    ${decides(context) ? html`<div class="row">${choices(one, context)}</div>` : nothing}</article>`;
}

/** @param {any} one @param {Context} context */
function choices(one, context) {
  if (one.state !== "proposed") return html`<button type="button" @click=${() => decide(one, { state: "proposed" }, context)}>${t("top.undo")}</button>`;
  const later = dayAhead(LATER_DAYS, context.me.last);
  return html`<button type="button" class="primary" @click=${() => decide(one, { state: "confirmed" }, context)}>${t("boards.confirm")}</button>
    <button type="button" @click=${() => decide(one, { state: "snoozed", until: later }, context)}>${t("boards.later")}</button>
    <button type="button" @click=${() => decide(one, { state: "declined" }, context)}>${t("boards.decline")}</button>`;
}

/** @param {any} one @param {Record<string, string>} body @param {Context} context */
function decide(one, body, context) {
  return send(context, `/recommendations/${one.id}`, body, t(`boards.decided_${body.state}`));
}

/** @param {any} one @param {Context} context */
function askLine(one, context) {
  return html`<li class="row"><span class="quiet">${date(one.asked)}</span><span>${one.owner ? entityLink(context, one.owner) : nothing} → ${one.through ? entityLink(context, one.through) : nothing} → ${entityLink(context, one.target)}</span>
    ${one.outcome ? html`<span class="tag ${one.outcome === "met" ? "good" : one.outcome === "silent" ? "poor" : "fair"}">${t(`boards.outcome_${one.outcome}`)}</span>` : nothing}
    ${one.outcome === "open" && decides(context) ? html`<button type="button" @click=${() => send(context, `/asks/${one.id}/decisions`, { decision: "undo" }, t("boards.ask_undone"))}>${t("top.undo")}</button>` : nothing}</li>`;
}
