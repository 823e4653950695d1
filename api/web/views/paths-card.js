// One way: who introduces whom, each hop's evidence one click away, the weakest hop marked.
import { html, nothing } from "../core/dom.js";
import { percent, t, word } from "../core/texts.js";
import { entityLink } from "../parts/entity.js";
import { evidenceList } from "../parts/evidence.js";

/** @typedef {import("../core/app.js").Context} Context */

/** @param {any} path @param {number} i @param {boolean} calibrated @param {Context} context @param {() => void} ask */
export function pathCard(path, i, calibrated, context, ask) {
  const hops = path.hops;
  return html`<article class="card path-card" aria-label=${t("paths.way", { n: i + 1 })}>
    <header class="row spread"><h2>${t("paths.way", { n: i + 1 })}</h2><strong>${t(calibrated ? "paths.chance" : "paths.score", { value: percent(path.probability, 1) })}</strong></header>
    <ol class="hops">${person(context, hops[0], "from")}${hops.map((/** @type {any} */ hop) => html`${between(hop, calibrated, hops.length > 1, context)}${person(context, hop, "to")}`)}</ol>
    <div class="row">${hops.length > 1 ? html`<button type="button" class="primary" @click=${ask}>${t("paths.ask_for")}</button>` : html`<span class="quiet">${direct(hops[0], context)}</span>`}
      <a href=${context.state.to("map", { focus: [hops[0].from_id, ...hops.map((/** @type {any} */ hop) => hop.to_id)] }).url}>${t("paths.on_map")}</a></div>
  </article>`;
}

/** @param {Context} context @param {any} hop @param {"from" | "to"} side */
function person(context, hop, side) {
  const company = hop[`${side}_organization`];
  return html`<li class="stop">${entityLink(context, { id: hop[`${side}_id`], label: "person", name: hop[`${side}_name`], key: hop[side] })}
    <span class="quiet"><bdi>${[side === "to" ? hop.title : "", company].filter(Boolean).join(" · ")}</bdi></span></li>`;
}

/** One step: the reader's own contact, or a colleague to ask. @param {any} hop @param {Context} context */
function direct(hop, context) {
  const own = hop.from_id === (context.me.entity?.id ?? context.state.get("from"));
  return own ? t("paths.direct") : t("paths.direct_of", { name: hop.from_name || hop.from });
}

/** Why the same relationship has a lower figure within a way than alone: somebody has to pass the request on. @param {any} hop */
function why(hop) {
  if (typeof hop.tie !== "number" || hop.pass_on === 1) return nothing;
  return html`<span class="hop-why quiet">${t("paths.why", { tie: percent(hop.tie, 0), pass: percent(hop.pass_on, 0), name: hop.from_name || hop.from })}</span>`;
}

/** @param {any} hop @param {boolean} calibrated @param {boolean} several whether one step can be weaker than others @param {Context} context */
function between(hop, calibrated, several, context) {
  const weakest = several && hop.weakest;
  const strength = hop.probability === null ? word("bands", hop.band) : t(calibrated ? "paths.chance" : "paths.score", { value: percent(hop.probability, 0) });
  return html`<li class="hop ${weakest ? "weakest" : ""}"><details><summary><span aria-hidden="true">↓</span> ${strength}
      ${weakest ? html`<span class="tag poor">${t("paths.weakest")}</span>` : nothing}
      ${hop.open_asks ? html`<span class="tag fair">${t("paths.open_asks", { n: hop.open_asks })}</span>` : nothing}${why(hop)}</summary>
    ${evidenceList(hop.evidence, hop.probability === null ? 1 : 0)}
    <a href=${context.state.with({ panel: `tie:${hop.from_id},${hop.to_id}` }).url}>${t("paths.open_tie")}</a></details></li>`;
}
