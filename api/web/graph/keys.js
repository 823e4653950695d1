/** What each key asks for; influence-map.js does it. Letters work only without Ctrl, Alt and Meta, so no shortcut is taken. */

/** @typedef {import("./walk.js").Direction} Direction */

/**
 * @typedef {{type: "walk", direction: Direction} | {type: "pan", direction: Direction} | {type: "turn", step: 1 | -1}
 *   | {type: "zoom", factor: number}
 *   | {type: "fit" | "first" | "open" | "expand" | "select" | "pin" | "hide" | "menu" | "clear"}} Command
 */

/** @type {Record<string, Direction>} */
const ARROWS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

/** @type {Record<string, Command>} */
const PLAIN = {
  "+": { type: "zoom", factor: 1.25 },
  "=": { type: "zoom", factor: 1.25 },
  "-": { type: "zoom", factor: 0.8 },
  _: { type: "zoom", factor: 0.8 },
  0: { type: "fit" },
  Home: { type: "first" },
  ".": { type: "turn", step: 1 },
  ",": { type: "turn", step: -1 },
  Enter: { type: "open" },
  " ": { type: "select" },
  e: { type: "expand" },
  E: { type: "expand" },
  p: { type: "pin" },
  P: { type: "pin" },
  h: { type: "hide" },
  H: { type: "hide" },
  Delete: { type: "hide" },
  ContextMenu: { type: "menu" },
  Escape: { type: "clear" },
};

/** @param {KeyboardEvent} event @returns {Command | null} */
export function commandOf(event) {
  const direction = ARROWS[event.key];
  if (direction && !event.altKey && !event.metaKey) return { type: event.shiftKey || event.ctrlKey ? "walk" : "pan", direction };
  if (event.key === "F10" && event.shiftKey) return { type: "menu" };
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  return PLAIN[event.key] ?? null;
}
