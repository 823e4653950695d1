// A menu at a point of the map (ARIA menu): arrows, Home, End, first letters, Escape; the focus goes back where it was.
import { html, nothing, render } from "../core/dom.js";

/** @typedef {import("./map-actions.js").Action} Action */

const EDGE = 8;
/** @type {HTMLElement | null} */
let open = null;

/**
 * @param {{x: number, y: number}} at in the window [CSS px]
 * @param {string} label whom it is about; shown on top and read out
 * @param {Action[]} actions
 */
export function openMenu(at, label, actions) {
  closeMenu();
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const menu = document.createElement("div");
  menu.className = "map-menu";
  menu.popover = "auto";
  /** @param {Action} action */
  const choose = (action) => {
    closeMenu();
    before?.focus({ preventScroll: true });
    action.run();
  };
  render(html`<p class="menu-name"><bdi>${label}</bdi></p><div role="menu" aria-label=${label} @keydown=${keys}>
    ${actions.map((action) => html`<button type="button" role="menuitem" tabindex="-1" ?disabled=${action.off === true} @click=${() => choose(action)}>
      <span>${action.text}</span>${action.key ? html`<kbd aria-hidden="true">${action.key}</kbd>` : nothing}</button>`)}</div>`, menu);
  document.body.append(menu);
  menu.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
    menu.remove();
    if (open === menu) open = null;
    if (document.activeElement === document.body) before?.focus({ preventScroll: true });
  });
  open = menu;
  menu.showPopover();
  menu.style.left = `${Math.max(EDGE, Math.min(at.x, innerWidth - menu.offsetWidth - EDGE))}px`;
  menu.style.top = `${Math.max(EDGE, Math.min(at.y, innerHeight - menu.offsetHeight - EDGE))}px`;
  items(menu)[0]?.focus();
}

/** Close it where it is open. */
export function closeMenu() {
  if (open?.matches(":popover-open")) open.hidePopover();
  open = null;
}

/** @param {Element} menu @returns {HTMLElement[]} */
function items(menu) {
  return [...menu.querySelectorAll("[role=menuitem]:not(:disabled)")].map((item) => /** @type {HTMLElement} */ (item));
}

/** @param {KeyboardEvent} event */
function keys(event) {
  const all = items(/** @type {Element} */ (event.currentTarget));
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = target(event.key, at, all);
  if (event.key === "Tab") closeMenu();
  if (to === null) return;
  event.preventDefault();
  event.stopPropagation();
  all[to]?.focus();
}

/** Item a key leads to; null where it leads to none. @param {string} key @param {number} at @param {HTMLElement[]} all @returns {number | null} */
function target(key, at, all) {
  if (key === "ArrowDown") return (at + 1) % all.length;
  if (key === "ArrowUp") return (at - 1 + all.length) % all.length;
  if (key === "Home") return 0;
  if (key === "End") return all.length - 1;
  if (key.length !== 1 || key === " ") return null;
  const next = [...all.keys()].map((i) => (at + 1 + i) % all.length).find((i) => all[i]?.textContent?.trim().toLowerCase().startsWith(key.toLowerCase()));
  return next ?? null;
}
