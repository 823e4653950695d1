// Something done at the reader's request: what is refused is said.
import { post } from "../core/api.js";

/** @typedef {import("../core/app.js").Context} Context */

/**
 * @param {Context} context
 * @param {() => Promise<unknown>} work
 * @returns {Promise<boolean>} whether it was done
 */
export async function attempt(context, work) {
  try {
    await work();
    return true;
  } catch (error) {
    context.say(error instanceof Error ? error.message : String(error), "error");
    return false;
  }
}

/**
 * Change something, say that it is kept, and show what is so now.
 * @param {Context} context
 * @param {string} path
 * @param {any} body
 * @param {string} kept
 */
export function send(context, path, body, kept) {
  return attempt(context, async () => {
    await post(path, body);
    context.say(kept);
    await context.reload();
  });
}
