// A button with a sheet below it; the browser closes it on Escape or a click elsewhere and gives the focus back.
import { html, nothing } from "../core/dom.js";

/** @typedef {import("../core/dom.js").Shown} Shown */

const EDGE = 8; // kept free at the window's edges [px]

/**
 * @param {string} name unique on the page
 * @param {Shown} label of the button
 * @param {Shown} content of the sheet
 * @param {{tag?: string | number | null, wide?: boolean, title?: string, onOpen?: () => void}} [options] tag: shown beside the label
 */
export function drop(name, label, content, options = {}) {
  const { tag = null, wide = false, title = "", onOpen } = options;
  /** @param {Event} event */
  const toggled = (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "open") return;
    place(/** @type {HTMLElement} */ (event.target));
    onOpen?.();
  };
  return html`<span class="drop"><button type="button" id="drop-${name}" popovertarget="sheet-${name}" title=${title || nothing}>${label}${tag === null ? nothing : html` <span class="tag">${tag}</span>`}<span class="arrow" aria-hidden="true">▾</span></button>
    <div id="sheet-${name}" popover class=${wide ? "sheet wide" : "sheet"} role="group" aria-labelledby="drop-${name}" @toggle=${toggled}>${content}</div></span>`;
}

/** Close a sheet, for controls that are done with it. @param {string} name */
export function shut(name) {
  const sheet = document.getElementById(`sheet-${name}`);
  if (sheet?.matches(":popover-open")) sheet.hidePopover();
}

/** Below its button and inside the window; narrow windows show it at the foot (style sheet). @param {HTMLElement} sheet */
function place(sheet) {
  const button = document.getElementById(sheet.id.replace("sheet-", "drop-"))?.getBoundingClientRect();
  if (!button || innerWidth < 600) {
    sheet.style.left = sheet.style.top = sheet.style.maxHeight = "";
    return;
  }
  const top = button.bottom + 4;
  sheet.style.left = `${Math.max(EDGE, Math.min(button.left, innerWidth - sheet.offsetWidth - EDGE))}px`;
  sheet.style.top = `${top}px`;
  sheet.style.maxHeight = `${Math.max(160, innerHeight - top - EDGE)}px`;
}
