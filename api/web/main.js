// Boot and shell: the address is the state; a change of state loads what it asks for and shows it. One way.
import { Problem, get } from "./core/api.js";
import { question } from "./core/app.js";
import { render } from "./core/dom.js";
import { follow } from "./core/live.js";
import { applySettings, keepKey, keepSettings, readSettings } from "./core/session.js";
import { State } from "./core/state.js";
import { loadTexts, t } from "./core/texts.js";
import { openPanel } from "./panels/panel.js";
import { closeMenus } from "./parts/open-menus.js";
import "./parts/search-box.js";
import { shell } from "./shell.js";
import { preload, viewNamed } from "./views/views.js";

/** @typedef {import("./core/app.js").Context} Context */
/** @typedef {import("./core/app.js").View} View */
/** @typedef {{state: "loading" | "failed" | "ready", data: any, error: unknown, text: string}} Loaded */

const QUIET = 800; // ms without a further change before the page loads again

/** What the shell shows; changed here only. */
export const page = {
  state: new State(location.search),
  settings: readSettings(),
  /** @type {import("./core/app.js").Me | null} */
  me: null,
  /** @type {unknown} */
  refused: null,
  /** @type {View | null} */
  view: null,
  main: /** @type {Loaded} */ ({ state: "loading", data: null, error: null, text: "" }),
  side: /** @type {Loaded} */ ({ state: "ready", data: null, error: null, text: "" }),
  /** @type {boolean | null} */
  linked: null,
  message: { text: "", kind: "info" },
  menu: false,
};

let leaving = new AbortController();
let leavingSide = new AbortController();
let sequence = -1;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let refreshing;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let fading;

/** @returns {Context} */
function context() {
  const me = /** @type {import("./core/app.js").Me} */ (page.me);
  return { state: page.state, me, signal: leaving.signal, go, reload, redraw: draw, say };
}

/** @param {State} state @param {{replace?: boolean}} [options] */
function go(state, options = {}) {
  if (state.query === page.state.query) return;
  history[options.replace ? "replaceState" : "pushState"](null, "", state.url);
  const elsewhere = state.view !== page.state.view;
  page.state = state;
  void update().then(() => { if (elsewhere) settleFocus(); });
}

/** The link that led to another view went with it: reading goes on in the new one, not at the top of the page. */
function settleFocus() {
  if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
}

function reload() {
  page.main.text = "";
  page.side.text = "";
  return update();
}

/** @param {string} text @param {"info" | "error"} [kind] */
function say(text, kind = "info") {
  page.message = { text, kind };
  clearTimeout(fading);
  if (kind === "info") fading = setTimeout(() => say(""), 6_000);
  draw();
}

/** Load what the state asks for and is not there yet, and show it. */
async function update() {
  const view = await viewNamed(page.state.view).catch(() => null);
  if (!view) {
    page.main = { state: "failed", data: null, error: new Problem(0, { detail: t("web.offline") }), text: "" };
    draw();
    return;
  }
  const asked = question(view, page.state);
  const side = page.state.get("panel");
  const parts = [];
  if (view !== page.view) page.main = { state: "loading", data: null, error: null, text: "" };
  page.view = view;
  if (asked !== page.main.text) parts.push(loadMain(view, asked));
  const sideAsked = side && `${side} ${page.state.moment.join(" ")}`;
  if (sideAsked !== page.side.text) parts.push(loadSide(side, sideAsked));
  draw();
  await Promise.all(parts);
}

/** @param {View} view @param {string} asked */
async function loadMain(view, asked) {
  leaving.abort();
  const mine = (leaving = new AbortController());
  page.main = { ...page.main, state: page.main.data === null ? "loading" : page.main.state, text: asked };
  document.querySelector("main")?.setAttribute("aria-busy", "true");
  const loaded = await attempt(() => view.load(context()));
  if (mine.signal.aborted) return;
  page.main = { ...loaded, text: asked };
  document.querySelector("main")?.removeAttribute("aria-busy");
  draw();
}

/** @param {string} side @param {string} asked */
async function loadSide(side, asked) {
  leavingSide.abort();
  const mine = (leavingSide = new AbortController());
  const open = openPanel(side);
  page.side = { state: open ? "loading" : "ready", data: null, error: null, text: asked };
  if (!open) return;
  const loaded = await attempt(() => open.panel.load(open.ids, { ...context(), signal: mine.signal }));
  if (mine.signal.aborted) return;
  page.side = { ...loaded, text: asked };
  draw();
  /** @type {HTMLElement | null} */ (document.querySelector("aside.panel"))?.focus();
}

/** @param {() => Promise<any>} load @returns {Promise<Loaded>} */
async function attempt(load) {
  try {
    return { state: "ready", data: await load(), error: null, text: "" };
  } catch (error) {
    if (error instanceof Problem && error.status === 401) void signIn(error);
    else if (!(error instanceof Problem) && !(error instanceof DOMException)) console.error(error);
    return { state: "failed", data: null, error, text: "" };
  }
}

/** Who asks, then everything else; a refusal shows the way in and keeps the address. */
async function start() {
  try {
    page.me = await get("/me");
    page.refused = null;
  } catch (error) {
    await signIn(error);
    return;
  }
  await update();
  preload();
  void follow(new AbortController().signal, heard, (linked) => { if (linked !== page.linked) { page.linked = linked; draw(); } });
}

/** @param {unknown} error */
async function signIn(error) {
  page.me = null;
  page.refused = error;
  draw();
}

/** @param {string} event @param {any} data */
function heard(event, data) {
  document.dispatchEvent(new CustomEvent(`live-${event}`, { detail: data }));
  if (event !== "state") return;
  const changed = sequence >= 0 && data.sequence !== sequence;
  sequence = data.sequence;
  if (!changed || page.state.get("as_of")) return;
  clearTimeout(refreshing);
  refreshing = setTimeout(reload, QUIET);
}

function draw() {
  document.title = page.view && page.me ? `${page.view.title()} – graphsvc` : "graphsvc";
  const root = /** @type {HTMLElement} */ (document.getElementById("page"));
  render(shell(page, page.me ? context() : null, actions), root);
}

/** What the shell's own controls do. */
const actions = {
  /** @param {Partial<import("./core/session.js").Settings>} change */
  async set(change) {
    page.settings = { ...page.settings, ...change };
    keepSettings(page.settings);
    if (change.language) await loadTexts(page.settings.language);
    applySettings(page.settings);
    if (change.theme) draw();
    else if (page.me) { page.me = await get("/me").catch(() => page.me); reload(); }
    else draw();
  },
  /** @param {string} key */
  async enter(key) {
    keepKey(key.trim());
    await start();
  },
  leave() {
    keepKey("");
    location.reload();
  },
  quiet: () => say(""),
};
/** @typedef {typeof actions} Actions */

/** Links within the page change the state; with a modifier they open as links do. @param {MouseEvent} event */
function followLink(event) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = /** @type {Element} */ (event.target).closest?.("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || link.download || link.origin !== location.origin || link.pathname !== "/") return;
  event.preventDefault();
  go(new State(link.search));
}

document.addEventListener("click", followLink);
closeMenus();
window.addEventListener("popstate", () => { page.state = new State(location.search); void update(); });
applySettings(page.settings);
await loadTexts(page.settings.language);
draw();
await start();
