// The filters that hold everywhere: which ties count on maps and in paths.
import { html, live, nothing } from "../core/dom.js";
import { t, word } from "../core/texts.js";
import { FILTERS } from "../core/state.js";

/** @typedef {import("../core/app.js").Context} Context */

/** How many filters are set. @param {Context} context */
export function filtersSet(context) {
  return FILTERS.filter((name) => context.state.get(name) !== "").length;
}

/** @param {Context} context */
export function filterForm(context) {
  const set = filtersSet(context);
  return html`<details class="filters"><summary>${t("web.filters")}${set ? html` <span class="tag">${set}</span>` : nothing}</summary>
    ${filterGrid(context)}</details>`;
}

/** The filters alone, for views with a frame of their own. @param {Context} context */
export function filterGrid(context) {
  const { state, me } = context;
  const set = filtersSet(context);
  return html`<div class="filter-grid">
      ${choices(context, "channel", t("web.channel"), me.channels, "channels")}
      ${choices(context, "kind", t("web.kind"), me.kinds, "kinds")}
      ${choices(context, "level", t("web.level"), me.levels, "levels")}
      ${choices(context, "industry", t("web.industry"), me.industries, "industries")}
      <label>${t("web.strength_min")}<input type="number" min="0" step="0.1" .value=${live(state.get("strength_min"))} @change=${assign(context, "strength_min")}></label>
      <label>${t("web.age_max")}<input type="number" min="1" step="1" .value=${live(state.get("age_max"))} @change=${assign(context, "age_max")}></label>
      ${set ? html`<button type="button" @click=${() => context.go(state.with(Object.fromEntries(FILTERS.map((name) => [name, null]))))}>${t("web.no_filters")}</button>` : nothing}
    </div>`;
}

/** @param {Context} context @param {string} name */
function assign(context, name) {
  return (/** @type {Event} */ event) => context.go(context.state.with({ [name]: /** @type {HTMLInputElement} */ (event.target).value }));
}

/** @param {Context} context @param {string} name @param {string} title @param {string[]} values @param {string} theme */
function choices(context, name, title, values, theme) {
  const chosen = context.state.all(name);
  if (values.length === 0) return nothing;
  /** @param {string} value @param {boolean} on */
  const toggle = (value, on) => context.go(context.state.with({ [name]: on ? [...chosen, value] : chosen.filter((v) => v !== value) }));
  return html`<fieldset><legend>${title}</legend><div class="row">${values.map((value) => html`<label class="check"><input type="checkbox" .checked=${live(chosen.includes(value))}
    @change=${(/** @type {Event} */ e) => toggle(value, /** @type {HTMLInputElement} */ (e.target).checked)}>${word(theme, value)}</label>`)}</div></fieldset>`;
}
