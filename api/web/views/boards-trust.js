// How far the scores can be trusted: what each was measured to be on held-out time.
import { get } from "../core/api.js";
import { html, nothing } from "../core/dom.js";
import { date, t, word } from "../core/texts.js";
import { metaLine } from "../parts/meta.js";
import { empty } from "../parts/states.js";

/** @typedef {import("../core/app.js").Context} Context */

/** @param {Context} context */
export function load({ state, signal }) {
  return get("/evaluations", state.moment, signal);
}

/** @param {any} answer @param {Context} _context */
export function show(answer, _context) {
  return html`<h1>${t("boards.trust_title")}</h1>
    ${answer.items.length === 0 ? empty(t("boards.no_evaluations")) : html`<div class="cards">${answer.items.map((/** @type {any} */ one) => html`<article class="card">
      <h2>${one.of.map((/** @type {string} */ name) => word("scores", name)).join(", ")} ${one.told ? nothing : html`<span class="tag fair">${t("boards.cannot_tell")}</span>`}</h2>
      <p>${one.verdict}</p><details><summary>${t("boards.protocol")}</summary><p class="quiet">${one.protocol}</p></details><p class="quiet">${t("web.as_of", { date: date(one.as_of) })}</p></article>`)}</div>`}
    ${metaLine(answer.meta)}`;
}
