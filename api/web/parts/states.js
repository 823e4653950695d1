// What is shown when there is nothing to show: still loading, empty, refused. Each says what to do.
import { Problem } from "../core/api.js";
import { html, nothing } from "../core/dom.js";
import { t } from "../core/texts.js";

/** @typedef {import("../core/dom.js").Shown} Shown */

/** @param {number} [lines] */
export function loading(lines = 4) {
  return html`<div class="loading" role="status"><span class="hidden">${t("web.loading")}</span>
    ${Array.from({ length: lines }, () => html`<div class="bone"></div>`)}</div>`;
}

/** Nothing there: why, and what to do. @param {string} text @param {Shown} [action] */
export function empty(text, action = nothing) {
  return html`<div class="empty"><p>${text}</p>${action}</div>`;
}

/** @param {unknown} error @param {() => void} [again] */
export function failed(error, again) {
  const known = error instanceof Problem ? error : null;
  const trace = known && known.status >= 500 ? known.body.trace_id : "";
  return html`<div class="problem" role="alert">
    <p>${known ? known.message : t("web.defect")}</p>
    ${again ? html`<button type="button" @click=${again}>${t("web.again")}</button>` : nothing}
    ${trace ? html`<p class="quiet">${t("web.trace", { trace })}</p>` : nothing}
  </div>`;
}
