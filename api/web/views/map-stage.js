// The picture and what lies over it: selection, legend, zoom, help, what-if.
import { guard, html, nothing } from "../core/dom.js";
import { t } from "../core/texts.js";
import { nameOf } from "../parts/entity.js";
import { actionsFor, expand, hide, opened } from "./map-actions.js";
import { helpDialog, mapTexts } from "./map-help.js";
import { legendBox } from "./map-legend.js";
import { arePinned, keepPlaces, pinnedState, select, selection } from "./map-memory.js";
import { openMenu } from "./map-menu.js";
import { openGroup, overviewLegend } from "./map-overview.js";
import { whatIfBox } from "./map-whatif.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("../graph/influence-map.js").InfluenceMap} InfluenceMap */
/** @typedef {import("./map-data.js").MapData} MapData */
/** @typedef {import("./map-data.js").MapNode} MapNode */
/** @typedef {import("./map-shape.js").Shaped} Shaped */

const DOUBLE = 260; // a click opens the panel only when no second one follows: the panel moves the map [ms]
const OVER = 960; // windows less wide show panels over the map [px]

/** @type {ReturnType<typeof setTimeout> | undefined} */
let opening;
let chosenAt = 0;

/**
 * @param {Context} context
 * @param {MapData} data
 * @param {{graph: import("../graph/types.js").Graph, shaped: Shaped | null, drawn?: import("./map-overview.js").Drawn, look: import("./map-shape.js").Look, label: string, layout: import("../graph/types.js").Layout, pending: boolean}} what
 */
export function stage(context, data, { graph, shaped, drawn, look, label, layout, pending }) {
  const heard = shaped ? onMap(context, data, shaped) : onOverview(context, data);
  return html`<div class="map-frame">
    ${shaped ? legendBox(context, shaped.legend, look, pending) : data.overview && drawn ? overviewLegend(drawn, data.overview) : nothing}
    <div class="map-stage">
    <influence-map .texts=${once(mapTexts(label))} .graph=${once(graph)} .layout=${once(layout)} .selected=${once(selection(context.state))}
      @node-open=${heard.open} @node-expand=${heard.expand} @node-menu=${heard.menu} @node-hide=${heard.hide} @node-pin=${heard.pin}
      @edge-open=${heard.edge} @selection=${heard.select} @layout-done=${(/** @type {CustomEvent} */ e) => keepPlaces(e.detail.positions)}></influence-map>
    ${shaped ? selectionBar(context, data, shaped) : html`<p class="map-hint">${t("map.overview_hint")}</p>`}
    ${zoom()}</div>
    ${whatIfBox(context, data)}</div>`;
}

/** An object is set again only when it is another one: the canvas begins anew with each. @param {object} value */
function once(value) {
  return guard([value], () => value);
}

/** @returns {InfluenceMap | null} */
function canvas() {
  return document.querySelector("influence-map");
}

/** @typedef {(event: CustomEvent) => void} Heard */
/** @typedef {{open: Heard, expand: Heard, menu: Heard, hide: Heard, pin: Heard, edge: Heard, select: Heard}} Hearing */

/** @param {Context} context @param {MapData} data @param {Shaped} shaped @returns {Hearing} */
function onMap(context, data, shaped) {
  /** @param {CustomEvent} e @returns {MapNode | undefined} */
  const of = (e) => shaped.nodes.get(e.detail.id);
  return {
    open: (e) => openSoon(context, of(e)),
    expand: (e) => {
      clearTimeout(opening);
      const node = of(e);
      if (node) expand(context, [node], shaped.nodes.size);
    },
    menu: (e) => {
      clearTimeout(opening);
      const node = of(e);
      if (node) openMenu({ x: e.detail.x, y: e.detail.y }, nameOf(node), actions(context, data, [node]));
    },
    hide: (e) => {
      const node = of(e);
      if (node) hide(context, [node]);
    },
    pin: (e) => context.go(pinnedState(context.state, e.detail), { replace: true }),
    edge: (e) => context.go(context.state.with({ panel: `tie:${e.detail.a},${e.detail.b}` })),
    select: (e) => {
      chosenAt = performance.now();
      select(e.detail.ids);
      context.redraw();
    },
  };
}

/** A click opens the panel; where it would lie over the map, a second tap does. @param {Context} context @param {MapNode | undefined} node */
function openSoon(context, node) {
  clearTimeout(opening);
  if (!node) return;
  const open = () => context.go(opened(context.state, node));
  if (innerWidth < OVER && performance.now() - chosenAt < 100) return;
  if (context.state.get("panel")) open();
  else opening = setTimeout(open, DOUBLE);
}

/** @param {Context} context @param {MapData} data @returns {Hearing} */
function onOverview(context, data) {
  /** @param {CustomEvent} e */
  const open = (e) => {
    if (data.overview) context.go(openGroup(context, data.overview, e.detail.id));
  };
  const nothingDone = () => {};
  return { open, expand: open, menu: open, hide: nothingDone, pin: nothingDone, edge: nothingDone, select: nothingDone };
}

/** @param {Context} context @param {MapData} data @param {MapNode[]} nodes */
function actions(context, data, nodes) {
  const pin = (/** @type {string[]} */ ids, /** @type {boolean} */ on) => ids.forEach((id) => canvas()?.pin(id, on));
  return actionsFor(context, data, nodes, { pinned: arePinned(nodes.map((node) => node.id)), pin });
}

/** Who is selected, and what can be done. @param {Context} context @param {MapData} data @param {Shaped} shaped */
function selectionBar(context, data, shaped) {
  const nodes = selection(context.state).flatMap((id) => shaped.nodes.get(id) ?? []);
  const [first] = nodes;
  if (!first) return html`<p class="map-hint">${t("map.hint")}</p>`;
  const all = actions(context, data, nodes);
  const shown = all.filter((action) => ["open", "expand", "path"].includes(action.name));
  const name = nodes.length === 1 ? nameOf(first) : t("map.n_selected", { n: nodes.length });
  const note = nodes.length === 1 ? data.saved?.notes[first.id] : "";
  /** @param {Event} event */
  const more = (event) => {
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    openMenu({ x: box.left, y: box.bottom + 4 }, name, all);
  };
  return html`<div class="map-selection" role="group" aria-label=${t("map.selected_bar")}>
    <span class="who"><b><bdi title=${name}>${name}</bdi></b>${nodes.length === 1 ? html`<span class="quiet"><bdi>${[first.change ? t(`map.node_${first.change}`) : "", first.title, first.label === "person" ? first.organization : ""].filter(Boolean).join(" · ")}</bdi></span>` : nothing}</span>
    <span class="acts">${shown.map((action) => html`<button type="button" class="wide-only" @click=${action.run}>${action.text}</button>`)}
    <button type="button" class="icon" aria-haspopup="menu" aria-label=${t("map.more", { name })} title=${t("map.more", { name })} @click=${more}>⋯</button></span>
    ${note ? html`<p class="note"><bdi>${note}</bdi></p>` : nothing}</div>`;
}

function zoom() {
  /** @param {string} text @param {string} sign @param {() => void} run */
  const button = (text, sign, run) => html`<button type="button" aria-label=${text} title=${text} @click=${run}>${sign}</button>`;
  return html`<div class="map-zoom" role="group" aria-label=${t("map.zoom")}>
    ${button(t("map.nearer"), "+", () => canvas()?.zoomBy(1.3))}
    ${button(t("map.farther"), "−", () => canvas()?.zoomBy(1 / 1.3))}
    ${button(t("map.fit"), "⤢", () => canvas()?.fit())}
    ${button(t("map.relayout"), "↻", () => canvas()?.relayout())}
    ${button(t("map.help"), "?", helpDialog)}</div>`;
}
