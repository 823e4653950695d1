// "Why is X not on it": a box below the list, and its answer.
import { get } from "../core/api.js";
import { html, nothing, render } from "../core/dom.js";
import { t } from "../core/texts.js";
import { entityLink } from "../parts/entity.js";
import { failed } from "../parts/states.js";

/** @typedef {import("../core/app.js").Context} Context */

/** @param {string} rep @param {Context} context */
export function whyNot(rep, context) {
  return html`<section class="why-not"><h2>${t("top.why_not")}</h2>
    <search-box .label=${t("top.why_not_who")} .kinds=${rep === "team" ? ["organization"] : ["person"]} .moment=${context.state.moment}
      @pick=${(/** @type {CustomEvent} */ e) => void ask(rep, e.detail, context)}></search-box>
    <div class="why-answer" role="status"></div></section>`;
}

/** @param {string} rep @param {import("../parts/search-box.js").Hit} hit @param {Context} context */
async function ask(rep, hit, context) {
  const place = /** @type {HTMLElement} */ (document.querySelector(".why-answer"));
  try {
    const answer = await get(`/why-not/${rep}`, [["key", hit.id], ...context.state.pick(["week"]), ...context.state.moment]);
    render(shown(answer, hit, context), place);
  } catch (error) {
    render(failed(error), place);
  }
}

/** @param {any} answer @param {import("../parts/search-box.js").Hit} hit @param {Context} context */
function shown(answer, hit, context) {
  return html`<p>${entityLink(context, hit)}${answer.rank ? html` ${answer.of ? t("top.on_it_of", { rank: answer.rank, of: answer.of }) : t("top.on_it", { rank: answer.rank })}` : nothing}</p>
    <ul>${answer.reasons.map((/** @type {string} */ reason) => html`<li>${reason}</li>`)}</ul>`;
}
