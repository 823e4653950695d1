// All views by name. A view is a module of its own, loaded when it is first opened.

/** @typedef {import("../core/app.js").View} View */

/** In the order of the navigation; `find` is opened by the search box. */
export const NAVIGATION = ["top", "map", "paths", "boards"];

/** @type {Record<string, () => Promise<{view: View}>>} */
const VIEWS = {
  top: () => import("./top.js"),
  map: () => import("./map.js"),
  paths: () => import("./paths.js"),
  boards: () => import("./boards.js"),
  find: () => import("./find.js"),
};

/** @param {string} name @returns {Promise<View>} the view; the first one where there is none of that name */
export async function viewNamed(name) {
  const found = Object.hasOwn(VIEWS, name) ? VIEWS[name] : VIEWS.top;
  return (await /** @type {() => Promise<{view: View}>} */ (found)()).view;
}
