// What the map asks of the API, and the shapes of its answers.
import { Problem, get, post } from "../core/api.js";
import { FILTERS, State } from "../core/state.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("../core/app.js").Entity} Entity */
/**
 * @typedef {object} MapNode
 * @property {string} id
 * @property {string} label
 * @property {string} key
 * @property {string | null} name
 * @property {string | null} [organization]
 * @property {string | null} [organization_id]
 * @property {string | null} [title]
 * @property {string | null} [level]
 * @property {string | null} [industry]
 * @property {boolean} internal
 * @property {number} distance
 * @property {number | null} [group]
 * @property {string[]} [roles]
 * @property {Record<string, number | null>} [scores]
 * @property {"new" | "gone" | null} [change]
 * @property {boolean} [left]
 *
 * @typedef {object} MapEdge
 * @property {string} a
 * @property {string} b
 * @property {string} kind `TIE`, or the kind of a fact
 * @property {string | null} [band]
 * @property {number | null} [strength]
 * @property {number | null} [health]
 * @property {string | null} [last]
 * @property {number | null} [age_days]
 * @property {string[]} [channels]
 * @property {boolean} [directed]
 * @property {"new" | "gone" | "stronger" | "weaker" | null} [change]
 *
 * @typedef {object} MapAnswer
 * @property {any} meta
 * @property {Entity[]} center
 * @property {MapNode[]} nodes
 * @property {MapEdge[]} edges
 * @property {number} cut
 * @property {number} [cut_edges]
 * @property {{id: number, name: string, size: number}[]} groups
 * @property {{as_of: string, new: number, gone: number} | null} [compare]
 * @property {string[][]} [paths] with a target: the best ways to it, best first
 *
 * @typedef {object} OverviewGroup
 * @property {string} id
 * @property {string} name
 * @property {number} size
 * @property {number} ours so many of them are our own
 * @property {string | null} [industry]
 * @property {number | null} [health]
 * @property {number | null} [influence]
 * @property {Entity[]} members
 *
 * @typedef {object} Overview
 * @property {any} meta
 * @property {string} by
 * @property {OverviewGroup[]} groups
 * @property {{a: string, b: string, ties: number, strength: number | null, last: string | null}[]} edges
 * @property {number} cut
 *
 * @typedef {object} SavedMap
 * @property {string} id
 * @property {string} name
 * @property {string} note
 * @property {string} state
 * @property {Record<string, string>} notes
 * @property {Record<string, [number, number]>} [places] where nodes stood, by id
 * @property {boolean} shared
 * @property {string} owner
 * @property {boolean} mine
 * @property {number} version
 * @property {string} changed
 *
 * @typedef {object} MapData
 * @property {State} asked the state it was loaded for
 * @property {MapAnswer | null} map
 * @property {Overview | null} overview
 * @property {unknown} refused
 * @property {any} lost answer of the what-if; null where nobody is taken away
 * @property {unknown} lostRefused
 * @property {SavedMap | null} saved
 * @property {boolean} pending figures of an earlier moment are still being computed
 */

export const GROUPINGS = ["community", "organization", "team"];

/** The score that sizes go by unless the address says otherwise. */
export const USUAL_SIZE = "influence";

const REST = 900; // the date has not moved for so long: its figures are worth computing [ms]

/** Parameters that say which map it is. */
export const MAP = ["focus", "team", "to", "hops", "limit", "hide", "compare"];

/** Parameters the data depend on. */
export const NEEDS = [...MAP, ...FILTERS, "by", "saved", "without", "size"];

/** Whether the state asks for a map; else the overview is shown. @param {State} state */
export function asksMap(state) {
  return ["focus", "team", "to"].some((name) => state.get(name) !== "");
}

/** Parameters of a map, for the API. @param {State} state @returns {[string, string][]} */
export function mapParams(state) {
  return [...state.pick(MAP), ...state.filters, ...state.moment];
}

/** What the state asks for; a refusal is told, not thrown. @param {Context} context @returns {Promise<MapData>} */
export async function loadMap(context) {
  const { state, signal } = context;
  const saved = state.get("saved") ? tried(get(`/views/${encodeURIComponent(state.get("saved"))}`, [], signal)) : NOTHING;
  if (state.get("saved") && !asksMap(state) && !state.get("by")) await openSaved(await saved, context);
  const gone = state.all("without");
  const [main, lost, kept] = await Promise.all([
    tried(asksMap(state) ? get("/map", mapParams(state), signal) : get("/overview", overviewParams(state), signal)),
    gone.length ? tried(post("/whatif", { remove: gone, limit: 200 }, state.moment)) : NOTHING,
    saved,
  ]);
  const data = {
    asked: state,
    map: asksMap(state) ? main.answer : null,
    overview: asksMap(state) ? null : main.answer,
    refused: main.refused ?? kept.refused,
    lost: lost.answer,
    lostRefused: lost.refused,
    saved: kept.answer?.item ?? null,
    pending: false,
  };
  if (data.map && state.get("as_of")) void figuresOf(data, context);
  return data;
}

/**
 * Figures of an earlier moment are computed when asked for, which takes seconds the first time: the map is shown without
 * them, and again with them.
 * @param {MapData} data
 * @param {Context} context
 */
async function figuresOf(data, { state, signal, redraw }) {
  const size = state.get("size") || USUAL_SIZE;
  if (size === "equal") return;
  data.pending = true;
  await new Promise((resolve) => setTimeout(resolve, REST));
  if (signal.aborted) return;
  const found = await tried(get("/map", [...mapParams(state), ["scores", size]], signal)).catch(() => null);
  if (signal.aborted) return;
  data.pending = false;
  if (found?.answer) data.map = found.answer;
  redraw();
}

const NOTHING = Promise.resolve({ answer: null, refused: null });

/** @param {State} state @returns {[string, string][]} */
function overviewParams(state) {
  const by = GROUPINGS.includes(state.get("by")) ? state.get("by") : "community";
  return [["by", by], ...state.moment];
}

/** A link that names a saved map and nothing else leads to what was saved. @param {{answer: {item: SavedMap} | null}} saved @param {Context} context */
async function openSaved(saved, context) {
  if (!saved.answer) return;
  const state = savedState(saved.answer.item);
  if (asksMap(state) || state.get("by")) context.go(state, { replace: true });
}

/** What of a state is saved. @param {State} state */
export function kept(state) {
  return state.with({ view: "map", saved: null, panel: null, as: null, sort: null, esort: null });
}

/** Whether the map is another one than was saved. @param {State} state @param {SavedMap} saved */
export function isChanged(state, saved) {
  return kept(state).query !== kept(savedState(saved)).query;
}

/** The state a saved map stands for. @param {SavedMap} saved */
export function savedState(saved) {
  return new State(saved.state.replace(/^.*\?/, "")).with({ view: "map", saved: saved.id, panel: null });
}

/**
 * Who may not come in, or has gone elsewhere, is the frame's affair; everything else is told on the map.
 * @param {Promise<any>} question
 * @returns {Promise<{answer: any, refused: unknown}>}
 */
async function tried(question) {
  try {
    return { answer: await question, refused: null };
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 401) throw error;
    return { answer: null, refused: error };
  }
}
