// What was joined or corrected, side by side, with undo; and joining two entries by hand.
import { html, nothing } from "../core/dom.js";
import { date, number, t, word } from "../core/texts.js";
import { send } from "../parts/attempt.js";
import { nameOf } from "../parts/entity.js";

/** @typedef {import("../core/app.js").Context} Context */

/** @param {any} corrected @param {any} entity @param {Context} context */
export function corrections(corrected, entity, context) {
  const admin = context.me.scopes.includes("admin");
  return html`<section><h3>${t("panels.records")}</h3>
    ${corrected.records?.length > 1 ? records(corrected.records) : html`<p class="quiet">${t("panels.one_record")}</p>`}
    <ul class="plain-list">${corrected.items.map((/** @type {any} */ item) => correction(item, context))}</ul>
    ${admin && (entity.label === "person" || entity.label === "organization") ? join(entity, context) : nothing}</section>`;
}

/** @param {any[]} rows */
function records(rows) {
  return html`<div class="table-box" tabindex="0" role="region" aria-label=${t("panels.records")}><table><thead><tr><th scope="col">${t("panels.source")}</th><th scope="col">${t("panels.key")}</th><th scope="col">${t("panels.name")}</th></tr></thead>
    <tbody>${rows.map((r) => html`<tr><td>${r.source}</td><td><code><bdi>${r.key}</bdi></code></td><td><bdi>${r.name ?? ""}</bdi><br><span class="quiet"><bdi>${[r.title, r.email].filter(Boolean).join(" · ")}</bdi></span></td></tr>`)}</tbody></table></div>`;
}

/** @param {any} item @param {Context} context */
function correction(item, context) {
  const who = item.automatic ? t("panels.automatic") : t("panels.by", { by: item.by ?? t("web.nobody"), date: date(item.time) });
  const text = item.kind === "override"
    ? t("panels.overridden", { name: word("scores", item.name), value: number(item.value, 2), computed: number(item.computed, 2) })
    : t(`panels.${item.kind}`, { a: nameOf(item.a), b: nameOf(item.b) });
  return html`<li class="card small"><p>${text}</p><p class="quiet">${who}${item.reason ? html`: <q><bdi>${item.reason}</bdi></q>` : nothing}</p>
    ${item.undo ? html`<button type="button" @click=${() => undo(item, context)}>${t("panels.undo")}</button>` : nothing}</li>`;
}

/** @param {any} item @param {Context} context */
async function undo(item, context) {
  const reason = t("panels.undone_here");
  /** @type {[string, any]} */
  const [path, body] = item.kind === "merge" ? ["/corrections/split", { a: item.b?.id ?? item.a.id, b: item.b ? item.a.id : undefined, reason }]
    : item.kind === "split" ? ["/corrections/merge", { a: item.a.id, b: item.b?.id, reason }]
    : ["/corrections/override", { name: item.name, key: item.a.id, other: item.b?.id, value: null, reason }];
  await send(context, path, body, t("panels.corrected"));
}

/** @param {any} entity @param {Context} context */
function join(entity, context) {
  return html`<details><summary>${t("panels.join")}</summary><p class="quiet">${t("panels.join_hint")}</p>
    <search-box .label=${t("panels.join_with")} .kinds=${[entity.label]} @pick=${(/** @type {CustomEvent} */ e) => ask(e.detail, entity, context)}></search-box></details>`;
}

/** Joining is confirmed with both names in view. @param {any} other @param {any} entity @param {Context} context */
function ask(other, entity, context) {
  if (other.id === entity.id) return;
  if (window.confirm(t("panels.join_sure", { a: nameOf(entity), b: nameOf(other) })))
    void send(context, "/corrections/merge", { a: entity.id, b: other.id, reason: t("panels.joined_here") }, t("panels.corrected"));
}
