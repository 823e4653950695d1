// The side panel: `panel=KIND:ID,…` in the address opens it beside any view.
import { html, nothing } from "../core/dom.js";
import { t } from "../core/texts.js";
import { failed, loading } from "../parts/states.js";
import * as entity from "./entity.js";
import * as score from "./score.js";
import * as tie from "./tie.js";

/** @typedef {import("../core/app.js").Context} Context */
/**
 * @typedef {object} Panel
 * @property {(ids: string[], context: Context) => Promise<any>} load
 * @property {(data: any, ids: string[], context: Context) => import("../core/dom.js").Shown} show
 */

/** @type {Record<string, Panel>} */
const PANELS = { person: entity, organization: entity, work: entity, opportunity: entity, tie, score };

/** What is open: kind and ids; null where nothing, or nothing known. @param {string} text @returns {{panel: Panel, ids: string[]} | null} */
export function openPanel(text) {
  const colon = text.indexOf(":");
  const kind = text.slice(0, Math.max(colon, 0));
  const panel = Object.hasOwn(PANELS, kind) ? PANELS[kind] : undefined;
  return panel ? { panel, ids: text.slice(colon + 1).split(",") } : null;
}

/**
 * @param {{state: "loading" | "failed" | "ready", data: any, error: unknown}} loaded
 * @param {Context} context
 */
export function showPanel(loaded, context) {
  const open = openPanel(context.state.get("panel"));
  if (!open) return nothing;
  const shut = () => context.go(context.state.with({ panel: null }));
  return html`<aside class="panel" aria-label=${t("web.details")} tabindex="-1" @keydown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Escape") shut(); }}>
    <button type="button" class="icon close" aria-label=${t("web.close")} title=${t("web.close")} @click=${shut}>×</button>
    ${loaded.state === "failed" ? failed(loaded.error, context.reload) : nothing}
    ${loaded.state === "loading" ? loading(6) : nothing}
    ${loaded.state === "ready" ? open.panel.show(loaded.data, open.ids, context) : nothing}
  </aside>`;
}
