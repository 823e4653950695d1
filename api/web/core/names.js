// Names of entities a state knows by id only.
import { get } from "./api.js";

/**
 * The entities of some ids, in order; an id nobody is known by is named by itself, so that a dead link stays readable.
 * @param {string[]} ids
 * @param {import("./app.js").Context} context
 * @returns {Promise<{id: string, label: string, key: string, name: string | null, dead?: boolean}[]>}
 */
export function entitiesOf(ids, context) {
  return Promise.all(ids.map(async (id) => {
    try {
      return (await get(`/history/${encodeURIComponent(id)}`, [["weeks", "1"]], context.signal)).entity;
    } catch (error) {
      if (context.signal.aborted) throw error;
      return { id, label: "person", key: id, name: null, dead: true };
    }
  }));
}
