// All views by name. A view is a module of its own, loaded when it is first opened.

/** @typedef {import("../core/app.js").View} View */

/** In the order of the navigation. */
export const NAVIGATION = ["top", "map", "paths", "boards"];

/** @type {Record<string, () => Promise<{view: View}>>} */
const VIEWS = {
  top: () => import("./top.js"),
  map: () => import("./map.js"),
  paths: () => import("./paths.js"),
  boards: () => import("./boards.js"),
};

/** Load the other views beside the first, so that a lost connection does not lose them. */
export function preload() {
  for (const view of Object.values(VIEWS)) view().catch(() => undefined); // tried again when it is opened
}

/** @param {string} name @returns {Promise<View>} the view; the first one where there is none of that name */
export async function viewNamed(name) {
  const found = Object.hasOwn(VIEWS, name) ? VIEWS[name] : VIEWS.top;
  return (await /** @type {() => Promise<{view: View}>} */ (found)()).view;
}
