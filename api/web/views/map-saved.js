// Saved maps: the state of the map under a name, with notes, for oneself or for all.
import { Problem, change, get } from "../core/api.js";
import { html, nothing } from "../core/dom.js";
import { date, t } from "../core/texts.js";
import { nameOf } from "../parts/entity.js";
import { failed, loading } from "../parts/states.js";
import { asksMap, isChanged, kept, savedState } from "./map-data.js";
import { formDialog } from "./map-dialog.js";
import { drop, shut } from "./map-drop.js";
import { placesOf, savedHere } from "./map-memory.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("./map-data.js").MapData} MapData */
/** @typedef {import("./map-data.js").SavedMap} SavedMap */

/** The list, read when the sheet opens. @type {{state: "unread" | "loading" | "ready" | "failed", items: SavedMap[], error: unknown}} */
let list = { state: "unread", items: [], error: null };

/** @param {Context} context @param {MapData} data */
export function savedSheet(context, data) {
  const tag = data.saved ? (isChanged(context.state, data.saved) ? t("map.changed") : "✓") : null;
  return drop("saved", t("map.saved"), html`${data.saved ? opened(context, data, data.saved) : nothing}
    <div class="row">${asksMap(context.state) || data.overview ? html`<button type="button" class=${data.saved ? "" : "primary"} @click=${() => saveDialog(context, data, null)}>${t("map.save_new")}</button>` : nothing}
      <button type="button" @click=${() => void copyLink(context)}>${t("map.copy_link")}</button></div>
    <h2>${t("map.saved_list")}</h2>${others(context)}`, { tag, onOpen: () => void readList(context) });
}

/** @param {Context} context */
async function readList(context) {
  if (list.state === "unread") list = { ...list, state: "loading" };
  context.redraw();
  try {
    list = { state: "ready", items: (await get("/views")).items, error: null };
  } catch (error) {
    list = { state: "failed", items: [], error };
  }
  context.redraw();
}

/** @param {Context} context */
function others(context) {
  if (list.state === "unread") return nothing;
  if (list.state === "loading") return loading(2);
  if (list.state === "failed") return failed(list.error, () => void readList(context));
  if (list.items.length === 0) return html`<p class="quiet">${t("map.none_saved")}</p>`;
  return html`<ul class="saved-maps">${list.items.map((item) => html`<li>
    <a href=${savedState(item).url} aria-current=${item.id === context.state.get("saved") ? "true" : "false"} @click=${() => shut("saved")}><bdi>${item.name}</bdi></a>
    <span class="quiet">${item.mine ? t(item.shared ? "map.shared" : "map.private") : t("map.by_owner", { name: item.owner })} · ${date(item.changed)}</span>
    ${item.mine ? html`<button type="button" class="icon" aria-label=${t("map.delete", { name: item.name })} title=${t("map.delete", { name: item.name })} @click=${() => deleteDialog(context, item)}>×</button>` : nothing}</li>`)}</ul>`;
}

/** The saved map that is open. @param {Context} context @param {MapData} data @param {SavedMap} saved */
function opened(context, data, saved) {
  const names = new Map((data.map?.nodes ?? []).map((node) => [node.id, node]));
  const notes = Object.entries(saved.notes);
  return html`<div class="saved-open"><h2><bdi>${saved.name}</bdi></h2>
    ${saved.note ? html`<p>${saved.note}</p>` : nothing}
    ${isChanged(context.state, saved) ? html`<p class="quiet">${t("map.changed_since")}</p>` : nothing}
    ${notes.length ? html`<ul>${notes.map(([id, note]) => html`<li><bdi><b>${names.has(id) ? nameOf(names.get(id)) : t("map.not_on_map")}</b></bdi>: ${note}</li>`)}</ul>` : nothing}
    <div class="row">
      ${saved.mine ? html`<button type="button" class="primary" @click=${() => saveDialog(context, data, saved)}>${t("map.save_changes")}</button>` : nothing}
      ${isChanged(context.state, saved) ? html`<a href=${savedState(saved).url} @click=${() => shut("saved")}>${t("map.back_to_saved")}</a>` : nothing}
      <a href=${context.state.with({ saved: null }).url} @click=${() => shut("saved")}>${t("map.leave_saved")}</a></div></div>`;
}

/** What was noted about the whole map, above it. @param {SavedMap | null} saved */
export function mapNote(saved) {
  if (!saved?.note) return nothing;
  return html`<details class="map-note" open><summary>${saved.mine ? t("map.note_here") : t("map.note_by", { name: saved.owner })}</summary><p tabindex="0"><bdi>${saved.note}</bdi></p></details>`;
}

/** A note at somebody on the map; it is kept with the saved map. @param {Context} context @param {MapData} data @param {{id: string, name: string | null, key: string}} node */
export function editNote(context, data, node) {
  saveDialog(context, data, data.saved?.mine ? data.saved : null, node);
}

/**
 * @param {Context} context
 * @param {MapData} data
 * @param {SavedMap | null} saved the one to change; null for a new one
 * @param {{id: string, name: string | null, key: string}} [node] to write a note at
 */
function saveDialog(context, data, saved, node) {
  shut("saved");
  const from = saved ?? data.saved;
  const id = saved?.id ?? newId();
  /** @param {FormData} form @param {string} to @param {number | undefined} version */
  const put = async (form, to, version) => {
    const notes = { ...from?.notes };
    if (node) notes[node.id] = text(form, "node_note");
    for (const [key, note] of Object.entries(notes)) if (!note) delete notes[key];
    const ids = (data.map?.nodes ?? data.overview?.groups ?? []).map((one) => one.id);
    const body = { name: text(form, "name"), note: text(form, "note"), shared: form.has("shared"), state: kept(context.state).query, notes, places: placesOf(ids) };
    savedHere((await change("PUT", `/views/${to}`, version === undefined ? body : { ...body, version })).item);
    done(context, to);
  };
  formDialog({
    title: t(node ? "map.note_title" : saved ? "map.save_changes" : "map.save_new"),
    submit: t("map.save"),
    fields: fields(from, saved, node),
    done: (form) => put(form, id, saved?.version),
    refused: (error, form, close) => error instanceof Problem && error.status === 409
      ? html`<p>${t("map.conflict")}</p><button type="button" @click=${() => void put(form, newId(), undefined).then(close, (again) => context.say(String(again.message), "error"))}>${t("map.save_copy")}</button>` : nothing,
  });
}

/** @param {SavedMap | null} from @param {SavedMap | null} saved @param {{id: string, name: string | null, key: string} | undefined} node */
function fields(from, saved, node) {
  return html`${node ? html`<label>${t("map.note_at", { name: nameOf(node) })}<textarea name="node_note" maxlength="2000" autofocus .value=${from?.notes[node.id] ?? ""}></textarea></label>` : nothing}
    ${node && !saved ? html`<p class="quiet">${t("map.note_needs_map")}</p>` : nothing}
    <label>${t("map.map_name")}<input name="name" required maxlength="200" .value=${saved?.name ?? ""} ?autofocus=${!node}></label>
    <label>${t("map.map_note")}<textarea name="note" maxlength="4000" .value=${from?.note ?? ""}></textarea></label>
    <label class="check"><input type="checkbox" name="shared" .checked=${saved?.shared ?? false}>${t("map.share")}</label>`;
}

/** @param {Context} context @param {string} id */
function done(context, id) {
  context.say(t("map.was_saved"));
  if (context.state.get("saved") === id) context.reload();
  else context.go(context.state.with({ saved: id }), { replace: true });
}

/** @param {Context} context @param {SavedMap} item */
function deleteDialog(context, item) {
  formDialog({
    title: t("map.delete", { name: item.name }),
    submit: t("map.delete_yes"),
    fields: html`<p>${t("map.delete_sure")}</p>`,
    done: async () => {
      await change("DELETE", `/views/${item.id}`, undefined, [["version", String(item.version)]]);
      await readList(context);
      if (context.state.get("saved") === item.id) context.go(context.state.with({ saved: null }), { replace: true });
    },
  });
}

/** @param {Context} context */
async function copyLink(context) {
  const link = new URL(context.state.url, location.href).href;
  try {
    await navigator.clipboard.writeText(link);
    context.say(t("map.copied"));
  } catch {
    context.say(t("map.copy_by_hand", { link }), "error"); // no clipboard outside a secure context
  }
}

/** @param {FormData} form @param {string} name */
function text(form, name) {
  return String(form.get(name) ?? "").trim();
}

/** A new id, also where the page is not served over TLS. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
