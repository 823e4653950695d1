// Names of people and organizations, and links to what is known of them.
import { html } from "../core/dom.js";
import { t } from "../core/texts.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {{id: string, label?: string, key?: string, name?: string | null}} Named */

/** The name to show, isolated from the text around it so that right-to-left marks stay inside. @param {Named | null | undefined} entity */
export function nameOf(entity) {
  return entity?.name || entity?.key || t("web.nobody");
}

/** A name that opens the panel of its entity. @param {Context} context @param {Named} entity */
export function entityLink(context, entity) {
  const panel = entity.label === "organization" ? "organization" : entity.label === "person" || !entity.label ? "person" : entity.label;
  const url = context.state.with({ panel: `${panel}:${entity.id}` }).url;
  return html`<a class="entity ${entity.label ?? "person"}" href=${url} title=${nameOf(entity)}><bdi>${nameOf(entity)}</bdi></a>`;
}

/** A link that opens a relationship's panel. @param {Context} context @param {string} a @param {string} b @param {import("../core/dom.js").Shown} text */
export function tieLink(context, a, b, text) {
  return html`<a href=${context.state.with({ panel: `tie:${a},${b}` }).url}>${text}</a>`;
}

/** A link that takes a score apart in the panel. @param {Context} context @param {string} score @param {string[]} ids @param {import("../core/dom.js").Shown} text */
export function scoreLink(context, score, ids, text) {
  return html`<a href=${context.state.with({ panel: `score:${score},${ids.join(",")}` }).url}>${text}</a>`;
}
