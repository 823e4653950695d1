// Names of entities a state knows by id only.
import { Problem, get } from "./api.js";

/** @param {string} id @param {AbortSignal} signal */
async function named(id, signal) {
  const path = encodeURIComponent(id);
  try {
    return (await get(`/people/${path}`, [], signal)).entity;
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    return (await get(`/organizations/${path}`, [], signal)).entity;
  }
}

/**
 * The entities of some ids, in order; an id nobody is known by is named by itself, so that a dead link stays readable.
 * @param {string[]} ids
 * @param {import("./app.js").Context} context
 * @returns {Promise<{id: string, label: string, key: string, name: string | null, dead?: boolean}[]>}
 */
export function entitiesOf(ids, context) {
  return Promise.all(ids.map(async (id) => {
    try {
      return await named(id, context.signal);
    } catch (error) {
      if (context.signal.aborted) throw error;
      return { id, label: "person", key: id, name: null, dead: true };
    }
  }));
}
