// Small menus that are <details>: Escape closes the one in use and gives the focus back, a click elsewhere closes all.
const MENUS = "details.ask[open], details.settings[open]";

/** Hold this for the whole page; once. */
export function closeMenus() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const menu = /** @type {Element} */ (event.target).closest?.(MENUS);
    if (!(menu instanceof HTMLDetailsElement)) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(MENUS)) if (!event.composedPath().includes(menu)) menu.removeAttribute("open");
  });
}
