// The page's one piece of changing data: where we are, who asks, and what the workspace offers. Views get it as Context.
import { State } from "./state.js";

/**
 * @typedef {object} Entity
 * @property {string} id
 * @property {string} label
 * @property {string} key
 * @property {string | null} name
 */

/**
 * @typedef {object} Me What the workspace offers this caller (`GET /v1/me`).
 * @property {any} meta
 * @property {string} name
 * @property {Entity | null} entity
 * @property {boolean} owner
 * @property {string[]} scopes
 * @property {string} week
 * @property {Entity[]} reps
 * @property {{id: string, name: string, size: number}[]} teams
 * @property {string[]} channels
 * @property {string[]} kinds
 * @property {string[]} levels
 * @property {string[]} industries
 * @property {string} first
 * @property {string} last
 * @property {{name: string, of: string, unit: string}[]} scores
 */

/**
 * @typedef {object} Context What a view and its parts are given.
 * @property {State} state
 * @property {Me} me
 * @property {AbortSignal} signal aborted when the reader has gone elsewhere
 * @property {(state: State, options?: {replace?: boolean}) => void} go
 * @property {() => Promise<void>} reload load the view's data again
 * @property {() => void} redraw show again what is loaded
 * @property {(text: string, kind?: "info" | "error") => void} say a short message, read out too
 */

/**
 * @typedef {object} View
 * @property {() => string} title
 * @property {readonly string[]} needs parameters whose change needs other data; the rest only changes how it is shown
 * @property {(context: Context) => Promise<any>} load
 * @property {(data: any, context: Context) => import("./dom.js").Shown} show
 */

/** Parameters every view's data depend on. */
export const EVERYWHERE = ["view", "as_of", "known_at"];

/**
 * The question a view asks in a state: equal questions have equal data.
 * @param {View} view
 * @param {State} state
 */
export function question(view, state) {
  return `${state.view}?${new State(new URLSearchParams(state.pick([...EVERYWHERE, ...view.needs]))).query}`;
}
