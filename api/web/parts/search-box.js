// <search-box>: a box with suggestions while typing (ARIA combobox with a list box).
import { get } from "../core/api.js";
import { html, live, nothing, render, repeat } from "../core/dom.js";
import { t, word } from "../core/texts.js";
import { failed } from "./states.js";

/** @typedef {{id: string, label: string, key: string, name: string | null, title?: string | null, organization?: {name: string | null, key: string} | null}} Hit */

const WAIT = 120; // ms after the last key, so that fast typing asks once
let count = 0;

/**
 * Properties: `label` (read out, and the placeholder), `kinds` (labels of entities to find, none = all), `moment` (API
 * parameters), `value` (text to start with), `keep` (leave the chosen name in the box). Event `pick` with a Hit as detail.
 */
export class SearchBox extends HTMLElement {
  label = "";
  /** @type {string[]} */
  kinds = [];
  /** @type {[string, string][]} */
  moment = [];
  value = "";
  keep = false;
  /** @type {Hit[]} */
  hits = [];
  /** How many fit in all; null where nobody counted. @type {number | null} */
  total = null;
  /** How many came, of the kinds asked for or not. */
  came = 0;
  /** @type {unknown} */
  error = null;
  open = false;
  busy = false;
  at = -1;
  name = `search-${(count += 1)}`;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;
  /** @type {AbortController | undefined} */
  asking = undefined;

  connectedCallback() {
    this.addEventListener("focusout", this.#left);
    this.draw();
  }

  disconnectedCallback() {
    this.removeEventListener("focusout", this.#left);
    this.asking?.abort();
    clearTimeout(this.timer);
  }

  /** @param {FocusEvent} event */
  #left = (event) => {
    if (!this.contains(/** @type {Node | null} */ (event.relatedTarget))) this.close();
  };

  close() {
    this.open = false;
    this.at = -1;
    this.draw();
  }

  draw() {
    const chosen = this.at >= 0 ? `${this.name}-${this.at}` : nothing;
    render(html`<input type="search" role="combobox" autocomplete="off" spellcheck="false" maxlength="200"
        aria-label=${this.label} placeholder=${this.label} aria-expanded=${this.open} aria-controls="${this.name}-list"
        aria-autocomplete="list" aria-activedescendant=${chosen} aria-busy=${this.busy} .value=${live(this.value)}
        @input=${this.#typed} @keydown=${this.#key}>
      <div class="hits" ?hidden=${!this.open || this.hits.length === 0}><ul id="${this.name}-list" role="listbox" aria-label=${this.label}>
        ${repeat(this.hits, (hit) => hit.id, (hit, i) => html`<li id="${this.name}-${i}" role="option" aria-selected=${i === this.at}
          @mousedown=${(/** @type {Event} */ e) => e.preventDefault()} @click=${() => this.pick(hit)}>
          <span class="hit-name"><bdi>${hit.name || hit.key}</bdi></span>
          <span class="quiet"><bdi>${[hit.title, hit.organization?.name].filter(Boolean).join(" · ")}</bdi></span>
          <span class="tag">${word("labels", hit.label)}</span></li>`)}
      </ul>${this.more ? html`<p class="quiet">${this.more}</p>` : nothing}</div>
      ${this.open && this.hits.length === 0 && !this.busy ? html`<div class="hits note">${this.error ? failed(this.error) : t("web.nothing_found", { text: this.value })}</div>` : nothing}
      <span class="hidden" role="status">${this.open && !this.busy ? this.more || t("web.found", { n: this.hits.length }) : ""}</span>`, this);
  }

  /** That there are more than are shown; empty where all are. Of several kinds the total counts others too. */
  get more() {
    const shown = this.hits.length;
    if (this.total === null || this.total <= this.came || shown === 0) return "";
    return this.kinds.length > 1 ? t("web.found_first", { shown }) : t("web.found_more", { shown, total: this.total });
  }

  /** @param {InputEvent} event */
  #typed = (event) => {
    this.value = /** @type {HTMLInputElement} */ (event.target).value;
    clearTimeout(this.timer);
    if (this.value.trim() === "") {
      this.hits = [];
      this.close();
      return;
    }
    this.timer = setTimeout(() => void this.ask(), WAIT);
  };

  async ask() {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    this.busy = true;
    this.draw();
    try {
      const params = /** @type {[string, string][]} */ ([["text", this.value.trim()], ["limit", "12"], ...this.moment]);
      if (this.kinds.length === 1) params.push(["label", this.kinds[0] ?? ""]);
      const answer = await get("/search", params, asking.signal);
      this.hits = answer.items.filter((/** @type {Hit} */ hit) => this.kinds.length === 0 || this.kinds.includes(hit.label));
      [this.came, this.total] = [answer.items.length, answer.meta.total ?? null];
      this.error = null;
    } catch (error) {
      if (asking.signal.aborted) return;
      this.hits = [];
      this.error = error;
    }
    this.busy = false;
    this.open = true;
    this.at = this.hits.length ? 0 : -1;
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  #key = (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.isComposing) return; // Enter ends a Chinese input method's word here
    if (event.key in steps && this.hits.length) {
      event.preventDefault();
      this.open = true;
      this.at = (this.at + steps[/** @type {"ArrowDown"} */ (event.key)] + this.hits.length) % this.hits.length;
      this.draw();
      this.querySelector(`#${this.name}-${this.at}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      const hit = this.hits[this.at];
      if (this.open && hit) this.pick(hit);
      else if (this.value.trim()) void this.ask();
    } else if (event.key === "Escape") {
      if (this.open) event.stopPropagation();
      this.close();
    }
  };

  /** @param {Hit} hit */
  pick(hit) {
    this.value = this.keep ? hit.name || hit.key : "";
    this.hits = [];
    this.close();
    this.dispatchEvent(new CustomEvent("pick", { detail: hit, bubbles: true }));
  }
}

customElements.define("search-box", SearchBox);
