// What holds for an answer: of when it speaks, how fresh it is, how accurate, and what the reader may not see.
import { html, nothing } from "../core/dom.js";
import { date, number, percent, t, word } from "../core/texts.js";

/** @param {any} meta of any answer */
export function metaLine(meta) {
  if (!meta) return nothing;
  const missing = meta.missing_channels ?? [];
  return html`<details class="meta"><summary>${t("web.as_of", { date: date(meta.as_of) })}${meta.hidden ? html` · ${t("web.hidden", { n: meta.hidden })}` : nothing}</summary>
    ${meta.as_of_note ? html`<p>${meta.as_of_note}</p>` : nothing}
    ${accuracy(meta.accuracy)}
    <ul class="inline">${(meta.channels ?? []).map((/** @type {any} */ c) => html`<li>${word("channels", c.channel)}: ${t("web.days_old", { n: Math.round(c.age_days) })}</li>`)}</ul>
    ${missing.length ? html`<p class="quiet">${t("web.missing", { channels: missing.map((/** @type {string} */ c) => word("channels", c)).join(", ") })}</p>` : nothing}
    ${(meta.notes ?? []).map((/** @type {string} */ note) => html`<p class="quiet">${note}</p>`)}
  </details>`;
}

/** Held-out accuracy per score. @param {Record<string, Record<string, number>> | undefined} measured */
export function accuracy(measured) {
  const names = Object.keys(measured ?? {});
  if (names.length === 0) return nothing;
  return html`<ul class="accuracy">${names.map((name) => html`<li>${word("scores", name)}: ${Object.entries(measured?.[name] ?? {}).filter(([, v]) => typeof v === "number").map(([figure, value], i) => html`${i ? ", " : ""}${word("figures", figure)} ${shown(figure, value)}`)}</li>`)}</ul>`;
}

/** @param {string} figure @param {number} value */
function shown(figure, value) {
  return /share|rate|coverage/.test(figure) ? percent(value, 1) : number(value, 3);
}
