// Groups that used to talk and no longer do, broken rhythms first, and who could reopen.
import { get } from "../core/api.js";
import { html, nothing } from "../core/dom.js";
import { date, number, t, word } from "../core/texts.js";
import { entityLink } from "../parts/entity.js";
import { metaLine } from "../parts/meta.js";
import { empty } from "../parts/states.js";

/** @typedef {import("../core/app.js").Context} Context */

const GROUPS = ["organization", "team", "community"];

/** @param {Context} context */
export function load({ state, signal }) {
  return get("/silent-groups", [...state.pick(["by", "weeks"]), ["limit", "60"], ...state.moment], signal);
}

/** @param {any} answer @param {Context} context */
export function show(answer, context) {
  const { state } = context;
  const silent = answer.items.filter((/** @type {any} */ one) => one.verdict === "silent");
  /** @param {string} name */
  const set = (name) => (/** @type {Event} */ e) => context.go(state.with({ [name]: /** @type {HTMLInputElement} */ (e.target).value }));
  return html`<div class="toolbar"><label>${t("boards.groups")}<select @change=${set("by")}>${GROUPS.map((by) => html`<option value=${by} ?selected=${answer.by === by}>${t(`boards.by_${by}`)}</option>`)}</select></label>
      <label>${t("boards.weeks")}<input type="number" min="1" max="52" .value=${String(answer.weeks)} @change=${set("weeks")}></label></div>
    <h1>${t("boards.silent_title")}</h1>
    <p class="quiet">${t("boards.silent_sum", { silent: answer.counts.silent ?? 0, rhythm: answer.counts.in_rhythm ?? 0, talking: answer.counts.talking ?? 0 })}</p>
    ${silent.length === 0 ? empty(t("boards.none_silent")) : html`<div class="cards">${silent.map((/** @type {any} */ one) => pair(one, context))}</div>`}
    ${metaLine(answer.meta)}`;
}

/** @param {any} one @param {Context} context */
function pair(one, context) {
  return html`<article class="card"><h2>${group(one.a, context)} – ${group(one.b, context)}</h2><p>${one.text}</p>
    <p class="quiet">${t("boards.last_days", { date: date(one.last), n: Math.round(one.days) })} · ${t("boards.contact_days", { n: one.contact_days })}</p>
    ${one.reopen ? html`<p>${t("boards.reopen")} ${entityLink(context, one.reopen.a)} → ${entityLink(context, one.reopen.b)} <span class="tag">${word("bands", one.reopen.band)}</span></p>` : nothing}</article>`;
}

/** @param {any} side @param {Context} context */
function group(side, context) {
  if (side.kind === "organization" && side.id) return entityLink(context, { id: side.id, label: "organization", name: side.name });
  return html`<bdi>${side.name || number(side.id, 0)}</bdi>`;
}
