// One line of a weekly list, and what a person can decide about it.
import { html, nothing } from "../core/dom.js";
import { date, dayAhead, money, number, t, word } from "../core/texts.js";
import { send } from "../parts/attempt.js";
import { entityLink } from "../parts/entity.js";
import { evidenceList } from "../parts/evidence.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {{state: "done" | "snooze" | "wrong", time: string, until: string | null, reason: string | null, author: string | null}} Decision */
/**
 * @typedef {object} Line
 * @property {number} rank
 * @property {number} [of] so many were ranked
 * @property {string} id
 * @property {string} key
 * @property {string | null} name
 * @property {string | null} organization
 * @property {string | null} organization_id
 * @property {number} gain
 * @property {string | null} currency
 * @property {string[]} reasons
 * @property {import("../parts/evidence.js").Evidence[]} evidence
 * @property {string} play
 * @property {string} play_text
 * @property {string | null} channel
 * @property {string[]} changed
 * @property {Decision | null} decision
 */

/** So long a line is put off, unless the reader says otherwise. */
const LATER_DAYS = 14;
/** Reasons shown at once; the rest opens. */
const FIRST = 4;

/** @param {Line} item @param {string} rep @param {string} week @param {Context} context */
export function line(item, rep, week, context) {
  const company = item.organization_id && item.organization_id !== item.id
    ? entityLink(context, { id: item.organization_id, label: "organization", name: item.organization }) : nothing;
  const label = item.organization_id === item.id ? "organization" : "person";
  return html`<li class="line card ${item.decision?.state ?? ""}" data-id=${item.id}>
    <div class="line-head"><span class="rank">${item.rank}</span>
      <span class="who">${entityLink(context, { id: item.id, label, name: item.name, key: item.key })} ${company}</span>
      <span class="gain" title=${t("top.gain_hint")}>${t("top.gain", { amount: item.currency ? money(item.gain, item.currency) : number(item.gain, 2) })}</span></div>
    <p class="play"><strong>${item.play_text}</strong>${item.channel ? html` <span class="tag">${t("top.by_channel", { channel: word("channels", item.channel) })}</span>` : nothing}</p>
    <ul class="reasons">${item.reasons.slice(0, FIRST).map((reason) => html`<li>${reason}</li>`)}</ul>
    ${item.reasons.length > FIRST ? html`<details><summary>${t("top.more_reasons", { n: item.reasons.length - FIRST })}</summary><ul class="reasons">${item.reasons.slice(FIRST).map((reason) => html`<li>${reason}</li>`)}</ul></details>` : nothing}
    ${item.changed.length ? html`<div class="changed"><h3>${t("top.changed")}</h3><ul>${item.changed.map((change) => html`<li>${change}</li>`)}</ul></div>` : nothing}
    <details><summary>${t("top.evidence", { n: item.evidence.length })}</summary>${evidenceList(item.evidence)}</details>
    <div class="row actions">${item.decision ? decided(item.decision, item.id, rep, week, context) : choices(item, rep, week, context)}
      ${label === "person" ? html`<a href=${context.state.to("paths", { to: item.id, from: rep === "team" ? null : rep }).url}>${t("top.path")}</a>` : nothing}
      <a href=${context.state.to("map", { focus: item.id }).url}>${t("top.map")}</a></div>
  </li>`;
}

/** @param {{entity: import("../core/app.js").Entity, decision: Decision}} one @param {string} rep @param {string} week @param {Context} context */
line.away = (one, rep, week, context) => html`<li class="row">${entityLink(context, one.entity)} ${decided(one.decision, one.entity.id, rep, week, context)}</li>`;

/** @param {Decision} decision @param {string} id @param {string} rep @param {string} week @param {Context} context */
function decided(decision, id, rep, week, context) {
  const said = t(`top.said_${decision.state}`, { until: date(decision.until), date: date(decision.time), author: decision.author ?? "" });
  return html`<span class="tag ${decision.state === "done" ? "good" : "fair"}">${said}</span>${decision.reason ? html`<q><bdi>${decision.reason}</bdi></q>` : nothing}
    <button type="button" @click=${() => decide(id, rep, { decision: "undo", week: decision.state === "done" ? week : undefined }, context)}>${t("top.undo")}</button>`;
}

/** @param {Line} item @param {string} rep @param {string} week @param {Context} context */
function choices(item, rep, week, context) {
  const later = dayAhead(LATER_DAYS, context.me.last);
  /** @param {SubmitEvent} e @param {string} decision */
  const send = (e, decision) => {
    e.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (e.target));
    const more = decision === "snooze" ? { until: String(form.get("until")) } : {};
    void decide(item.id, rep, { decision, reason: String(form.get("reason") ?? "").trim() || undefined, ...more }, context);
  };
  return html`<button type="button" class="primary" @click=${() => decide(item.id, rep, { decision: "done", week }, context)}>${t("top.done")}</button>
    <details class="ask"><summary>${t("top.snooze")}</summary><form @submit=${(/** @type {SubmitEvent} */ e) => send(e, "snooze")}>
      <label>${t("top.until")}<input type="date" name="until" required min=${dayAhead(1)} value=${later}></label>
      <label>${t("top.reason_if")}<input name="reason" maxlength="300"></label><button type="submit">${t("top.snooze")}</button></form></details>
    <details class="ask"><summary>${t("top.wrong")}</summary><form @submit=${(/** @type {SubmitEvent} */ e) => send(e, "wrong")}>
      <label>${t("top.reason")}<input name="reason" required maxlength="300"></label><p class="quiet">${t("top.wrong_hint")}</p><button type="submit">${t("top.wrong")}</button></form></details>`;
}

/** @param {string} key @param {string} rep @param {Record<string, string | undefined>} body @param {Context} context */
async function decide(key, rep, body, context) {
  const at = [...document.querySelectorAll(".lines > li")].findIndex((one) => one instanceof HTMLElement && one.dataset.id === key);
  const kept = await send(context, `/top/${rep}/decisions`, { key, ...body }, t(`top.kept_${body.decision}`));
  if (kept) keepFocus(key, at);
}

/** The control that was used is gone: go on with what took its place, so that a list can be worked off by keyboard. @param {string} key @param {number} at */
function keepFocus(key, at) {
  if (document.activeElement !== document.body) return;
  const lines = [...document.querySelectorAll(".lines > li")];
  const same = lines.find((one) => one instanceof HTMLElement && one.dataset.id === key);
  const place = same?.querySelector(".actions button") ?? lines[Math.min(Math.max(at, 0), lines.length - 1)]?.querySelector("a");
  if (place instanceof HTMLElement) place.focus({ preventScroll: at < 0 });
}
