/** The page's colours, read from its CSS custom properties. */

/** @typedef {import("./types.js").Theme} Theme */

/** @type {[Exclude<keyof Theme, "dark" | "font">, string, string][]} */
const PROPERTIES = [
  ["ground", "--map-ground", "#fbfcfd"],
  ["label", "--label", "#1a2029"],
  ["quiet", "--quiet", "#5a6472"],
  ["edge", "--edge", "#8d97a5"],
  ["focus", "--focus", "#d4700a"],
  ["select", "--accent", "#1f5fbf"],
  ["added", "--good", "#17704a"],
  ["gone", "--poor", "#b3261e"],
];

/** @param {Element} element @returns {Theme} */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const colors = Object.fromEntries(PROPERTIES.map(([name, property, fallback]) => [name, style.getPropertyValue(property).trim() || fallback]));
  const theme = /** @type {Theme} */ ({ ...colors, font: style.fontFamily || "sans-serif", dark: false });
  return { ...theme, dark: lightness(theme.ground) < 0.5 };
}

/** How light a colour is, 0 to 1. @param {string} color */
function lightness(color) {
  const ctx = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
  ctx.fillStyle = color;
  ctx.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0] = ctx.getImageData(0, 0, 1, 1).data;
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}

/** Calls back when the theme may have changed. @param {() => void} changed @param {AbortSignal} signal */
export function watchTheme(changed, signal) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class", "lang"] });
  signal.addEventListener("abort", () => observer.disconnect());
}
