// What a view shows is said by the address alone: ids and settings, never names. A State is immutable.

/** Parameters that stay when one goes to another view: the moment and the filters hold everywhere. */
export const LASTING = ["as_of", "known_at", "channel", "kind", "strength_min", "age_max", "level", "industry"];

/** Parameters of the tie filter, as the API names them. */
export const FILTERS = ["channel", "kind", "strength_min", "age_max", "level", "industry", "facts"];

/** @typedef {Record<string, string | number | boolean | readonly string[] | null | undefined>} Change */

export class State {
  /** @param {string | URLSearchParams} [query] */
  constructor(query = "") {
    this.params = new URLSearchParams(query);
  }

  /** Name of the view. @returns {string} */
  get view() {
    return this.params.get("view") ?? "top";
  }

  /** A parameter, or the empty string. @param {string} name */
  get(name) {
    return this.params.get(name) ?? "";
  }

  /** All values of a parameter. @param {string} name */
  all(name) {
    return this.params.getAll(name);
  }

  /**
   * The state with some parameters changed; null, undefined, "" and [] take one away.
   * @param {Change} change
   */
  with(change) {
    const params = new URLSearchParams(this.params);
    for (const [name, value] of Object.entries(change)) {
      params.delete(name);
      const values = Array.isArray(value) ? value : [value];
      for (const one of values) if (one !== null && one !== undefined && one !== "") params.append(name, String(one));
    }
    return new State(params);
  }

  /**
   * Another view, with the moment and the filters of this one.
   * @param {string} view
   * @param {Change} [change]
   */
  to(view, change = {}) {
    const kept = new State();
    /** @type {Change} */
    const lasting = {};
    for (const name of LASTING) lasting[name] = this.all(name);
    return kept.with({ view, ...lasting, ...change });
  }

  /** Parameters of some names as the API takes them. @param {readonly string[]} names @returns {[string, string][]} */
  pick(names) {
    return names.flatMap((name) => this.all(name).map((value) => /** @type {[string, string]} */ ([name, value])));
  }

  /** Moment parameters for a question to the API. @returns {[string, string][]} */
  get moment() {
    return this.pick(["as_of", "known_at"]);
  }

  /** Filter parameters for a question to the API. @returns {[string, string][]} */
  get filters() {
    return this.pick(FILTERS);
  }

  /** The same state has the same text, whatever order it was reached in. */
  get query() {
    const sorted = [...this.params.entries()].sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1));
    return new URLSearchParams(sorted).toString();
  }

  /** Address of the state within this site. */
  get url() {
    return `/?${this.query}`;
  }
}
