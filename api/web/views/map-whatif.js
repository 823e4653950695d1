// What would be lost if the people taken off the map had left.
import { html, nothing } from "../core/dom.js";
import { money, number, percent, t } from "../core/texts.js";
import { entityLink, nameOf } from "../parts/entity.js";
import { failed } from "../parts/states.js";
import { without } from "./map-actions.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("../core/app.js").Entity} Entity */
/** @typedef {{before: number, after: number, loss: number}} Change */
/** @typedef {{account: Entity, before: number, after: number, path_before: Entity[], path_after: Entity[]}} AccountChange */

const SHOWN = 6;

/** @param {Context} context @param {import("./map-data.js").MapData} data */
export function whatIfBox(context, data) {
  if (context.state.all("without").length === 0) return nothing;
  const end = () => context.go(context.state.with({ without: null }));
  return html`<section class="map-side" aria-label=${t("map.whatif_title")} tabindex="0">
    <button type="button" class="icon close" aria-label=${t("map.whatif_end")} title=${t("map.whatif_end")} @click=${end}>×</button>
    <h2>${t("map.whatif_title")}</h2>
    ${data.lostRefused ? failed(data.lostRefused) : nothing}
    ${data.lost ? result(context, data) : nothing}
    <button type="button" @click=${end}>${t("map.whatif_end")}</button></section>`;
}

/** @param {Context} context @param {import("./map-data.js").MapData} data */
function result(context, { lost }) {
  const { state } = context;
  return html`<ul class="chips">${lost.removed.map((/** @type {Entity} */ person) => html`<li class="chip"><bdi title=${nameOf(person)}>${nameOf(person)}</bdi>
      <button type="button" class="icon" aria-label=${t("map.put_back_name", { name: nameOf(person) })} title=${t("map.put_back")} @click=${() => context.go(state.with({ without: without(state, "without", person.id) }))}>×</button></li>`)}</ul>
    <dl class="figures">
      ${figure(t("map.lost_accounts"), t("map.n_accounts", { n: lost.accounts_hurt }), lost.accounts_cut ? t("map.n_cut_off", { n: lost.accounts_cut }) : "")}
      ${figure(t("map.lost_paths"), share(lost.paths), t("map.lost_paths_note"))}
      ${figure(t("map.lost_people"), t("map.n_people", { n: Math.round(lost.people.loss) }), "")}
      ${figure(t("map.lost_active"), number(lost.active.loss, 0), t("map.of", { total: number(lost.active.before, 0) }))}
      ${Object.entries(lost.pipeline).filter(([, change]) => /** @type {Change} */ (change).loss > 0).map(([currency, change]) => figure(t("map.lost_pipeline"), money(/** @type {Change} */ (change).loss, currency), share(/** @type {Change} */ (change))))}
    </dl>
    ${lost.accounts.length ? html`<h3>${t("map.worst_accounts")}</h3><ul class="losses">${lost.accounts.slice(0, SHOWN).map((/** @type {AccountChange} */ loss) => account(context, loss))}</ul>` : html`<p>${t("map.nothing_lost")}</p>`}
    ${lost.deals_at_risk ? html`<p>${t("map.deals_at_risk", { n: lost.deals_at_risk })}</p>` : nothing}
    ${lost.calibrated ? nothing : html`<p class="quiet">${t("map.not_calibrated")}</p>`}
    ${(lost.meta.notes ?? []).slice(0, 2).map((/** @type {string} */ note) => html`<p class="quiet">${note}</p>`)}`;
}

/** @param {string} name @param {import("../core/dom.js").Shown} value @param {string} note */
function figure(name, value, note) {
  return html`<div><dt>${name}</dt><dd>${value}${note ? html` <span class="quiet">${note}</span>` : nothing}</dd></div>`;
}

/** The part that is lost. @param {Change} change */
function share(change) {
  return change.before > 0 ? t("map.minus", { share: percent(change.loss / change.before, 1) }) : number(0);
}

/** @param {Context} context @param {AccountChange} loss */
function account(context, loss) {
  const then = loss.path_after.length ? t("map.then_by", { name: nameOf(loss.path_after[0]), share: percent(loss.after) }) : t("map.no_way_left");
  return html`<li>${entityLink(context, loss.account)} <span class="quiet">${percent(loss.before)} → ${percent(loss.after)} · ${then}</span></li>`;
}
