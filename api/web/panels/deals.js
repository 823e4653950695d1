// Deals of a person or organization.
import { html, nothing } from "../core/dom.js";
import { money, t, word } from "../core/texts.js";
import { entityLink } from "../parts/entity.js";

/** @param {any[]} deals @param {import("../core/app.js").Context} context */
export function openDeals(deals, context) {
  if (!deals?.length) return nothing;
  return html`<section><h3>${t("panels.deals")}</h3><ul class="plain-list">${deals.map((deal) => html`<li class="row spread">
    <span>${entityLink(context, { ...deal, label: "opportunity" })} <span class="quiet"><bdi>${deal.stage ?? ""}</bdi></span></span>
    <span>${money(deal.amount, deal.currency)} <span class="tag ${deal.outcome === "won" ? "good" : deal.outcome === "lost" ? "poor" : ""}">${word("outcomes", deal.outcome)}</span></span></li>`)}</ul></section>`;
}
