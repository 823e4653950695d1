// What sizes, colours, shapes and marks mean; a group of the legend is also a filter that fades all others.
import { html, nothing, svg } from "../core/dom.js";
import { number, t, word } from "../core/texts.js";
import { sizeName } from "./map-bar.js";
import { AGES } from "./map-colours.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("./map-shape.js").Legend} Legend */
/** @typedef {import("./map-shape.js").Look} Look */

const ROOM = 1000; // maps less wide begin with the legend closed [px]
const PANEL = 420; // of the window

/** @param {Context} context @param {Legend} legend @param {Look} look @param {boolean} pending sizes are still being computed */
export function legendBox(context, legend, look, pending) {
  return html`<details class="map-legend" ?open=${innerWidth - (context.state.get("panel") ? PANEL : 0) >= ROOM}><summary>${t("map.legend")}</summary>
    <div class="legend-body">
      ${changes(legend)}
      <h2>${t(`map.colour_${look.colour}`)}</h2>
      <ul class="legend-groups">${legend.groups.map((group) => entry(context, group, look))}</ul>
      ${look.only.length ? html`<button type="button" @click=${() => context.go(context.state.with({ only: null }), { replace: true })}>${t("map.show_all_groups")}</button>` : nothing}
      <h2>${t("map.size_is")}</h2>
      <p class="legend-line"><svg width="46" height="22" viewBox="0 0 46 22" aria-hidden="true"><circle class="plain" cx="5" cy="11" r="3"></circle><circle class="plain" cx="17" cy="11" r="6"></circle><circle class="plain" cx="35" cy="11" r="10"></circle></svg>
        <span>${sizeName(look.size)}${look.size !== "equal" && legend.unmeasured && !pending ? html` <span class="quiet">${t("map.unmeasured", { n: legend.unmeasured })}</span>` : nothing}${pending ? html` <span class="quiet">${t("map.sizes_coming")}</span>` : nothing}</span></p>
      ${shapes(legend)}
      <ul class="legend-ages">${legend.rings.map((name) => html`<li><svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><circle class="ring ring-${name}" cx="7" cy="7" r="5.5"></circle></svg><span>${t(`map.ring_${name}`)}</span></li>`)}</ul>
      <h2>${t("map.edges_are")}</h2>
      <p class="legend-line"><svg width="46" height="14" viewBox="0 0 46 14" aria-hidden="true"><path class="wedge" d="M0 6.5L46 2V12L0 7.5Z"></path></svg><span>${t("map.width_is")}</span></p>
      <ul class="legend-ages">${legend.ways ? html`<li>${arrow()}<span>${t("map.way_edges")}</span></li>` : nothing}${legend.ages.map((n, i) => (n ? html`<li>${stroke(`age-${i}`)}<span>${ageName(i)}</span></li>` : nothing))}
      ${legend.facts ? html`<li>${stroke("fact", true)}<span>${t("map.fact_edges")}</span></li>` : nothing}</ul>
    </div></details>`;
}

/** @param {Context} context @param {import("./map-groups.js").Group} group @param {Look} look */
function entry(context, group, look) {
  const on = look.only.includes(group.key);
  const only = on ? look.only.filter((key) => key !== group.key) : [...look.only, group.key];
  return html`<li><button type="button" class="plain legend-group" aria-pressed=${on} title=${t("map.fade_others", { name: group.name })}
    @click=${() => context.go(context.state.with({ only }), { replace: true })}>
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><circle class="series-${group.colour}" cx="7" cy="7" r="6"></circle></svg>
    <bdi>${group.name}</bdi><span class="quiet">${number(group.count, 0)}</span></button></li>`;
}

/** @param {Legend} legend */
function shapes({ labels }) {
  if (labels.length < 2) return nothing;
  return html`<ul class="legend-ages">${labels.map((label) => html`<li><svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">${
    label === "person" ? svg`<circle class="plain" cx="7" cy="7" r="5.5"></circle>` : label === "organization" ? svg`<rect class="plain" x="2" y="2" width="10" height="10" rx="2"></rect>` : svg`<path class="plain" d="M7 0.5L13.5 7L7 13.5L0.5 7Z"></path>`
  }</svg><span>${word("labels", label)}</span></li>`)}</ul>`;
}

/** @param {string} name @param {boolean} [dash] */
function stroke(name, dash = false) {
  return html`<svg width="26" height="8" viewBox="0 0 26 8" aria-hidden="true"><line class="edge ${name}" x1="0" y1="4" x2="26" y2="4" stroke-dasharray=${dash ? "4 3" : "none"}></line></svg>`;
}

/** A step of a way as the canvas draws it. */
function arrow() {
  return html`<svg width="26" height="12" viewBox="0 0 26 12" aria-hidden="true"><path class="way" d="M0 4H17V0.5L26 6L17 11.5V8H0Z"></path></svg>`;
}

/** @param {number} i */
function ageName(i) {
  const most = AGES[i];
  if (i > AGES.length) return t("map.age_unknown");
  return most === undefined ? t("map.age_older", { days: AGES.at(-1) }) : t("map.age_most", { days: most });
}

/** @param {Legend} legend */
function changes({ changes: found }) {
  const names = Object.keys(found);
  if (names.length === 0) return nothing;
  return html`<h2>${t("map.changes")}</h2><ul class="legend-ages">${names.sort().reverse().map((name) => html`<li>${mark(name)}<span>${t(`map.${name}`)} <span class="quiet">${number(found[name], 0)}</span></span></li>`)}</ul>`;
}

/** The mark as the canvas draws it: plus, minus, up, down; on a line for links. @param {string} name such as `edge_new` */
function mark(name) {
  const [what, change = ""] = name.split("_");
  const sign = { new: "M-3 0H3M0 -3V3", gone: "M-3 0H3", stronger: "M-3 1.5L0 -2L3 1.5", weaker: "M-3 -1.5L0 2L3 -1.5" }[change];
  const kind = change === "new" || change === "stronger" ? "added" : "gone";
  return html`<svg width="26" height="14" viewBox="-13 -7 26 14" aria-hidden="true">${what === "edge" ? svg`<line class="mark-line ${kind}" x1="-13" x2="13" y1="0" y2="0" stroke-dasharray=${change === "gone" ? "2 3" : "none"}></line>` : nothing}
    <circle class="mark-disc ${kind}" r="5.5"></circle><path class="mark-sign" d=${sign}></path></svg>`;
}
