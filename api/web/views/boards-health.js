// Relationship health of everybody, a team or a territory: distribution, movers, accounts at risk, all accounts.
import { get } from "../core/api.js";
import { html, nothing } from "../core/dom.js";
import { date, money, number, percent, t, word } from "../core/texts.js";
import { columns } from "../parts/bars.js";
import { entityLink, nameOf, tieLink } from "../parts/entity.js";
import { metaLine } from "../parts/meta.js";
import { empty } from "../parts/states.js";
import { dataTable } from "../parts/table.js";

/** @typedef {import("../core/app.js").Context} Context */

/** @param {Context} context */
export function load({ state, signal }) {
  return get("/boards/health", [...state.pick(["team", "territory", "since"]), ["limit", "50"], ...state.moment], signal);
}

/** @param {any} board @param {Context} context */
export function show(board, context) {
  return html`<div class="toolbar">${choice(board, context)}</div>
    <h1>${t("boards.health_title", { scope: board.scope.name })}</h1>
    <p class="quiet">${t("boards.against", { date: date(board.since) })}</p>
    ${board.count === 0 ? empty(t("boards.no_ties")) : html`<div class="cards">${distribution(board)}${bands(board)}</div>
      ${risk(board, context)}${movers(board, context)}${accounts(board, context)}`}
    ${metaLine(board.meta)}`;
}

/** @param {any} board @param {Context} context */
function choice(board, context) {
  const { state } = context;
  /** @param {string} name */
  const set = (name) => (/** @type {Event} */ e) => context.go(state.with({ [name]: /** @type {HTMLInputElement} */ (e.target).value }));
  return html`<label>${t("boards.team")}<select @change=${set("team")}><option value="">${t("boards.everybody")}</option>
      ${board.teams.map((/** @type {any} */ one) => html`<option value=${one.id} ?selected=${state.get("team") === one.id}>${one.name}</option>`)}</select></label>
    ${board.territories.length ? html`<label>${t("boards.territory")}<select @change=${set("territory")}><option value="">${t("boards.everywhere")}</option>
      ${board.territories.map((/** @type {string} */ one) => html`<option ?selected=${state.get("territory") === one}>${one}</option>`)}</select></label>` : nothing}
    <label>${t("boards.since")}<input type="date" .value=${state.get("since") || board.since.slice(0, 10)} max=${board.as_of.slice(0, 10)} @change=${set("since")}></label>`;
}

/** @param {any} board */
function distribution(board) {
  const said = t("boards.distribution");
  return html`<section class="card"><h2>${said}</h2><figure>${columns(board.distribution.map((/** @type {any} */ bin) => bin.ties), said)}
      <figcaption class="quiet row spread"><span>${percent(0)}</span><span>${t("boards.ties", { n: board.count })}</span><span>${percent(1)}</span></figcaption></figure>
    <details><summary>${t("panels.as_table")}</summary>${dataTable({ caption: said, rows: board.distribution, columns: [
      { name: "bin", title: t("panels.health"), show: (/** @type {any} */ bin) => t("boards.bin", { low: percent(bin.low), high: percent(bin.high) }) },
      { name: "ties", title: t("boards.relationships"), number: true, show: (/** @type {any} */ bin) => number(bin.ties, 0) }] })}</details></section>`;
}

/** @param {any} board */
function bands(board) {
  return html`<section class="card"><h2>${t("boards.rhythm")}</h2><p class="quiet">${t("boards.rhythm_hint")}</p>
    <ul class="plain-list">${["good", "fair", "poor"].map((band) => html`<li class="row spread"><span class="tag ${band}">${word("bands", band)}</span><span>${number(board.bands[band], 0)} <span class="quiet">${percent(board.bands[band] / Math.max(board.count, 1))}</span></span></li>`)}</ul></section>`;
}

/** @param {any} board @param {Context} context */
function risk(board, context) {
  if (!board.at_risk.length) return nothing;
  return html`<h2>${t("boards.at_risk", { n: board.at_risk_count })}</h2><div class="cards">${board.at_risk.map((/** @type {any} */ one) => html`<article class="card">
    <h3>${entityLink(context, one.organization)}</h3><p class="quiet">${one.owner ? entityLink(context, one.owner) : t("boards.no_owner")} · ${one.amount === null ? t("boards.no_amount") : money(one.amount, one.currency)}</p>
    <ul>${one.why.map((/** @type {string} */ why) => html`<li>${why}</li>`)}</ul>
    <a href=${context.state.to("paths", { to: one.organization.id }).url}>${t("panels.paths_to")}</a></article>`)}</div>`;
}

/** @param {any} board @param {Context} context */
function movers(board, context) {
  return dataTable({
    caption: t("boards.movers"), rows: board.movers, sort: context.state.get("movers"), onSort: (movers) => context.go(context.state.with({ movers }), { replace: true }),
    columns: [
      { name: "tie", title: t("panels.relationship"), show: (m) => html`${entityLink(context, m.a)} – ${entityLink(context, m.b)}`, by: (m) => nameOf(m.a) },
      { name: "before", title: t("boards.before"), number: true, show: (m) => percent(m.before), by: (m) => m.before },
      { name: "after", title: t("boards.after"), number: true, show: (m) => tieLink(context, m.a.id, m.b.id, percent(m.after)), by: (m) => m.after },
      { name: "change", title: t("boards.change"), number: true, show: (m) => html`<span class="tag ${m.change < 0 ? "poor" : "good"}">${m.change < 0 ? "▾" : "▴"} ${percent(Math.abs(m.change))}</span>`, by: (m) => m.change },
    ],
  });
}

/** @param {any} board @param {Context} context */
function accounts(board, context) {
  return dataTable({
    caption: t("boards.accounts", { n: board.accounts_count }), rows: board.accounts, sort: context.state.get("sort"), onSort: (sort) => context.go(context.state.with({ sort }), { replace: true }),
    columns: [
      { name: "name", title: t("panels.works_at"), show: (a) => entityLink(context, a.organization), by: (a) => nameOf(a.organization) },
      { name: "owner", title: t("boards.owner"), show: (a) => (a.owner ? entityLink(context, a.owner) : ""), by: (a) => (a.owner ? nameOf(a.owner) : null) },
      { name: "health", title: t("panels.health"), number: true, show: (a) => percent(a.health), by: (a) => a.health },
      { name: "warm", title: t("boards.warm"), number: true, show: (a) => number(a.warm_ties, 0), by: (a) => a.warm_ties },
      { name: "change", title: t("boards.change"), number: true, show: (a) => (a.change === null ? t("web.none") : percent(a.change)), by: (a) => a.change },
      { name: "last", title: t("panels.last"), show: (a) => date(a.last), by: (a) => a.last },
    ],
  });
}
