// How the map is used with hand and keyboard, and what it says to those who do not see it.
import { html, render } from "../core/dom.js";
import { t } from "../core/texts.js";

/** @typedef {import("../graph/types.js").MapTexts} MapTexts */

const KEYS = ["arrows", "walk", "turn", "home", "enter", "space", "expand", "menu", "pin", "hide", "zoom", "fit", "escape"];
const HAND = ["click", "double", "right", "drag", "several"];

/** @type {{key: string, texts: MapTexts} | null} */
let kept = null;

/** Texts for the canvas; the same object while language and label stay. @param {string} label @returns {MapTexts} */
export function mapTexts(label) {
  const key = `${document.documentElement.lang} ${label}`;
  if (kept?.key === key) return kept.texts;
  /** @type {MapTexts} */
  const texts = {
    label: t("map.canvas", { name: label }),
    help: t("map.canvas_help"),
    role: t("map.canvas_role"),
    node: (node, degree) => [node.text, node.sub, node.change ? t(`map.node_${node.change}`) : "", t("map.degree", { n: degree })].filter(Boolean).join(", "),
    none: (from) => t("map.nobody_there", { name: from.text }),
    selected: (node, on) => t(on ? "map.said_selected" : "map.said_unselected", { name: node.text }),
    pinned: (node, on) => t(on ? "map.said_pinned" : "map.said_unpinned", { name: node.text }),
    hidden: (node) => t("map.now_hidden", { name: node.text }),
    laid: (nodes, edges) => t("map.count", { nodes, edges }),
  };
  kept = { key, texts };
  return texts;
}

/** Keys and gestures, in a dialog. */
export function helpDialog() {
  const dialog = document.createElement("dialog");
  dialog.className = "map-dialog";
  dialog.setAttribute("aria-label", t("map.help"));
  /** @param {string[]} names */
  const rows = (names) => html`<dl class="keys">${names.map((name) => html`<div><dt><kbd>${t(`map.key_${name}`)}</kbd></dt><dd>${t(`map.does_${name}`)}</dd></div>`)}</dl>`;
  render(html`<h2>${t("map.help")}</h2><h3>${t("map.by_hand")}</h3>${rows(HAND)}<h3>${t("map.by_keys")}</h3>${rows(KEYS)}
    <p><button type="button" autofocus @click=${() => dialog.close()}>${t("web.close")}</button></p>`, dialog);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
