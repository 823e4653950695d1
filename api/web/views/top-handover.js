// When a colleague leaves: which account and contact goes to whom, and whom nobody else knows.
import { get } from "../core/api.js";
import { html, nothing } from "../core/dom.js";
import { date, money, percent, t, word } from "../core/texts.js";
import { download } from "../parts/download.js";
import { entityLink, nameOf, tieLink } from "../parts/entity.js";
import { metaLine } from "../parts/meta.js";
import { empty } from "../parts/states.js";

/** @typedef {import("../core/app.js").Context} Context */

const FILES = ["xlsx", "csv"];

/** @param {Context} context @param {string} rep */
export function loadHandover(context, rep) {
  return get(`/handover/${rep}`, [...context.state.pick(["to"]), ...context.state.moment], context.signal);
}

/** @param {any} data @param {string} rep @param {Context} context */
export function handover(data, rep, context) {
  const { me, state } = context;
  /** @param {Event} e */
  const choose = (e) => context.go(state.with({ to: /** @type {HTMLSelectElement} */ (e.target).value }));
  return html`<h1>${t("top.handover_title", { name: nameOf(data.rep) })}</h1>
    <p>${t("top.handover_sum", { accounts: data.accounts.length, people: data.people, risk: data.at_risk })}</p>
    <div class="row end"><label>${t("top.handover_to")}<select @change=${choose}><option value="">${t("top.handover_best")}</option>
      ${me.reps.filter((one) => one.id !== rep).map((one) => html`<option value=${one.id} ?selected=${state.get("to") === one.id}>${nameOf(one)}</option>`)}</select></label>
    ${data.accounts.length ? html`<div class="row" role="group" aria-label=${t("top.export")}>${FILES.map((format) => html`<button type="button"
      @click=${() => download(context, `/handover-file/${rep}`, [["format", format], ...state.pick(["to"]), ...state.moment])}>${t(`top.export_${format}`)}</button>`)}</div>` : nothing}</div>
    ${metaLine(data.meta)}
    ${data.accounts.length === 0 ? empty(t("top.handover_none")) : data.accounts.map((/** @type {any} */ account) => accountCard(account, rep, context))}`;
}

/** @param {any} account @param {string} rep @param {Context} context */
function accountCard(account, rep, context) {
  return html`<section class="card"><h2>${account.organization ? entityLink(context, account.organization) : t("top.no_account")}
      ${account.amount ? html`<span class="tag">${t("top.open_amount", { amount: money(account.amount, account.currency) })}</span>` : nothing}</h2>
    <div class="table-box" tabindex="0" role="region" aria-label=${account.organization ? nameOf(account.organization) : t("top.no_account")}><table>
      <thead><tr><th scope="col">${t("top.contact")}</th><th scope="col">${t("top.band")}</th><th scope="col" class="number">${t("top.health")}</th><th scope="col">${t("top.last")}</th><th scope="col">${t("top.suggested")}</th></tr></thead>
      <tbody>${account.contacts.map((/** @type {any} */ one) => html`<tr><td>${entityLink(context, one.person)}</td>
        <td>${tieLink(context, rep, one.person.id, word("bands", one.band))}</td><td class="number">${percent(one.health)}</td><td>${date(one.last)}</td>
        <td>${one.suggested ? html`${entityLink(context, one.suggested)} <span class="tag">${word("bands", one.suggested_band)}</span>` : html`<span class="tag poor">${t("top.nobody_else")}</span>`}
          ${one.why.slice(one.suggested ? 0 : 1).map((/** @type {string} */ why) => html`<p class="quiet">${why}</p>`)}</td></tr>`)}</tbody></table></div>
    ${account.count > account.contacts.length ? html`<p class="quiet">${t("web.more_rows", { n: account.count - account.contacts.length })}</p>` : nothing}</section>`;
}
