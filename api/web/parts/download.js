// Files to keep.
import { file } from "../core/api.js";
import { attempt } from "./attempt.js";

/** Hand a file to the browser. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * A file of the API; what it refuses is said.
 * @param {import("../core/app.js").Context} context
 * @param {string} path
 * @param {[string, string][]} params
 */
export async function download(context, path, params) {
  await attempt(context, async () => {
    const { blob, name } = await file(path, params);
    save(blob, name);
  });
}
