// The time slider: one date that map, paths, scores and lists go by.
import { html, live, nothing } from "../core/dom.js";
import { date, t } from "../core/texts.js";

const DAY = 86_400_000;
const PAUSE = 90; // a drag, or a key held down, is followed when it pauses so long [ms]
const REST = 400; // the first move after so long is followed as soon as it is made [ms]
let timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
/** When the slider last moved, so long after the move before. */
let moved = { at: 0, after: Infinity };
/** Where the slider is while the page is not there yet. @type {number | null} */
let ahead = null;

/** @param {import("../core/app.js").Context} context */
export function timeSlider(context) {
  const { state, me } = context;
  const first = day(me.first);
  const last = Math.max(day(me.last), first);
  const asked = state.get("as_of");
  const now = ahead ?? (asked ? Math.min(Math.max(day(asked), first), last) : last);
  /** @param {number} value */
  const to = (value) => state.with({ as_of: value >= last ? null : iso(Math.max(value, first)) });
  /** @param {number} value @param {boolean} [replace] a drag is one step of the history */
  const move = (value, replace = false) => {
    clearTimeout(timer);
    ahead = null;
    context.go(to(value), { replace });
  };
  /** @param {Event} event */
  const dragged = ({ target }) => {
    clearTimeout(timer);
    const value = (ahead = Number(/** @type {HTMLInputElement} */ (target).value)), at = performance.now();
    moved = { at, after: at - moved.at };
    timer = setTimeout(() => move(value, true), PAUSE);
  };
  const settled = () => {
    if (ahead !== null && moved.after > REST) move(ahead, true);
  };
  return html`<div class="time-slider" role="group" aria-label=${t("web.time")}>
    <button type="button" class="icon" aria-label=${t("web.week_back")} title=${t("web.week_back")} @click=${() => move(now - 7)}>‹</button>
    <input type="range" min=${first} max=${last} step="1" .value=${live(String(now))} aria-label=${t("web.time")} aria-valuetext=${date(iso(now))}
      @input=${dragged} @change=${settled}>
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
