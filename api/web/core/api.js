// The HTTP API. What it refuses becomes a Problem whose text is already in the reader's language.
import { readKey, readSettings } from "./session.js";
import { t } from "./texts.js";

/** @typedef {[string, string][]} Params */

export class Problem extends Error {
  /**
   * @param {number} status HTTP status; 0 when no answer came
   * @param {{title?: string, detail?: string, code?: string, trace_id?: string, [extra: string]: any}} body
   */
  constructor(status, body) {
    super(body.detail || body.title || t("web.no_answer"));
    this.status = status;
    this.body = body;
  }
}

/** @returns {Record<string, string>} */
function headers() {
  const settings = readSettings();
  const key = readKey();
  return {
    "Accept-Language": settings.language,
    ...(key ? { Authorization: `Bearer ${key}` } : {}),
    ...(settings.alias ? { "X-Names": "alias" } : {}),
  };
}

/** @param {string} path @param {Params} [params] */
export function address(path, params = []) {
  const query = new URLSearchParams(params).toString();
  return `/v1${path}${query ? `?${query}` : ""}`;
}

/**
 * @param {string} path below /v1
 * @param {RequestInit} options
 * @returns {Promise<Response>}
 */
async function send(path, options) {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { ...headers(), ...options.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, { detail: t("web.offline") });
  }
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  throw new Problem(answer.status, typeof body === "object" && body ? body : {});
}

/**
 * @param {string} path
 * @param {Params} [params]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, params = [], signal) {
  const answer = await send(address(path, params), signal ? { signal } : {});
  return answer.json();
}

/**
 * Change something. The same key with a repeated call does it once.
 * @param {"POST" | "PUT" | "DELETE"} method
 * @param {string} path
 * @param {any} [body]
 * @param {Params} [params]
 * @returns {Promise<any>}
 */
export async function change(method, path, body, params = []) {
  const options = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const answer = await send(address(path, params), { method, ...options });
  return answer.status === 204 ? null : answer.json();
}

/** @param {string} path @param {any} body @param {Params} [params] */
export function post(path, body, params = []) {
  return change("POST", path, body, params);
}

/**
 * A file of the API, under the name it gives.
 * @param {string} path
 * @param {Params} [params]
 * @returns {Promise<{blob: Blob, name: string}>}
 */
export async function file(path, params = []) {
  const answer = await send(address(path, params), {});
  const said = answer.headers.get("Content-Disposition") ?? "";
  const name = /filename="?([^";]+)"?/.exec(said)?.[1] ?? "graphsvc";
  return { blob: await answer.blob(), name };
}

/**
 * An event stream (server-sent events), read by fetch since EventSource sends no key.
 * @param {string} path
 * @param {AbortSignal} signal
 * @param {(event: string, data: any) => void} heard
 */
export async function stream(path, signal, heard) {
  const answer = await send(address(path), { signal, headers: { Accept: "text/event-stream" } });
  const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) tell(part, heard);
  }
}

/** @param {string} part @param {(event: string, data: any) => void} heard */
function tell(part, heard) {
  let event = "message";
  let data = "";
  for (const line of part.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    if (line.startsWith("data:")) data += line.slice(5).trim();
  }
  if (data) heard(event, JSON.parse(data));
}
