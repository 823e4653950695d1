// Live refresh: the API tells when the workspace has changed; a lost connection is tried again, more and more slowly.
import { Problem, stream } from "./api.js";

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

/**
 * @param {AbortSignal} signal
 * @param {(event: string, data: any) => void} heard
 * @param {(connected: boolean) => void} linked
 */
export async function follow(signal, heard, linked) {
  let wait = FIRST_WAIT;
  while (!signal.aborted) {
    try {
      await stream("/events", signal, (event, data) => {
        wait = FIRST_WAIT;
        linked(true);
        heard(event, data);
      });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && [401, 403, 404].includes(error.status)) return;
    }
    linked(false);
    await pause(wait, signal);
    wait = Math.min(2 * wait, LONGEST_WAIT);
  }
}

/** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
