// Source records: what was said where, down to the source's own id; and how much the reader may not open.
import { html, nothing } from "../core/dom.js";
import { moment, number, t, word } from "../core/texts.js";

/** @typedef {{table: string, source: string, record_id: string, time: string | null, kind: string | null, channel: string | null, from: string, from_name: string | null, to: string, to_name: string | null, share: number | null}} Evidence */

/** @param {Evidence[]} items @param {number} [hidden] @param {boolean} [shares] whether each says what it adds to the sum */
export function evidenceList(items, hidden = 0, shares = false) {
  if (items.length === 0 && !hidden) return html`<p class="quiet">${t("web.no_evidence")}</p>`;
  return html`<ul class="evidence">${items.map((item) => record(item, shares))}${hidden ? html`<li class="quiet">${t("web.hidden", { n: hidden })}</li>` : nothing}</ul>`;
}

/** @param {Evidence} e @param {boolean} shares */
function record(e, shares) {
  return html`<li><span>${e.time ? moment(e.time) : ""}</span> <span>${word("kinds", e.kind)}${e.channel && e.channel !== e.kind ? html` · ${word("channels", e.channel)}` : nothing}</span>
    <span><bdi>${e.from_name || e.from}</bdi> → <bdi>${e.to_name || e.to}</bdi></span>
    <code class="quiet" title=${t("web.source_id")}><bdi>${e.source}: ${e.record_id}</bdi></code>${shares && e.share !== null ? html`<span class="share">${e.share > 0 ? "+" : ""}${number(e.share, 3)}</span>` : nothing}</li>`;
}
