// The time slider: one date that map, paths, scores and lists go by.
import { html, live, nothing } from "../core/dom.js";
import { date, t } from "../core/texts.js";

const DAY = 86_400_000;
let timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);

/** @param {import("../core/app.js").Context} context */
export function timeSlider(context) {
  const { state, me } = context;
  const first = day(me.first);
  const last = Math.max(day(me.last), first);
  const asked = state.get("as_of");
  const now = asked ? Math.min(Math.max(day(asked), first), last) : last;
  /** @param {number} value @param {number} [wait] */
  const move = (value, wait = 0) => {
    clearTimeout(timer);
    const at = Math.min(Math.max(value, first), last);
    timer = setTimeout(() => context.go(state.with({ as_of: at >= last ? null : iso(at) }), { replace: wait > 0 }), wait); // a drag is one step of the history
  };
  return html`<div class="time-slider" role="group" aria-label=${t("web.time")}>
    <button type="button" class="icon" aria-label=${t("web.week_back")} title=${t("web.week_back")} @click=${() => move(now - 7)}>‹</button>
    <input type="range" min=${first} max=${last} step="1" .value=${live(String(now))} aria-label=${t("web.time")} aria-valuetext=${date(iso(now))}
      @input=${(/** @type {Event} */ e) => move(Number(/** @type {HTMLInputElement} */ (e.target).value), 90)}>
    <button type="button" class="icon" aria-label=${t("web.week_on")} title=${t("web.week_on")} ?disabled=${now >= last} @click=${() => move(now + 7)}>›</button>
    <input type="date" aria-label=${t("web.date")} .value=${live(iso(now))} min=${iso(first)} max=${iso(last)}
      @change=${(/** @type {Event} */ e) => { const text = /** @type {HTMLInputElement} */ (e.target).value; if (text) move(day(text)); }}>
    ${asked ? html`<button type="button" @click=${() => move(last)}>${t("web.now")}</button>` : nothing}
  </div>`;
}

/** Days since the epoch. @param {string} text */
function day(text) {
  return Math.floor(new Date(text || 0).getTime() / DAY);
}

/** @param {number} days */
function iso(days) {
  return new Date(days * DAY).toISOString().slice(0, 10);
}
