// What is on the map, as a file: pictures are made here, tables and graph files by the API.
import { html, nothing } from "../core/dom.js";
import { t } from "../core/texts.js";
import { download, save } from "../parts/download.js";
import { mapParams } from "./map-data.js";
import { drop, shut } from "./map-drop.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("../graph/influence-map.js").InfluenceMap} InfluenceMap */

const FILES = ["xlsx", "csv", "graphml", "gexf", "json"];
const SHARP = 2; // picture px per CSS px

/** @param {Context} context @param {import("./map-data.js").MapData} data */
export function exportSheet(context, data) {
  const picture = context.state.get("as") !== "table" && (data.map ?? data.overview);
  if (!data.map && !picture) return nothing;
  const day = String((data.map ?? data.overview)?.meta.as_of ?? "").slice(0, 10);
  return drop("export", t("map.export"), html`
    ${picture ? html`<button type="button" @click=${() => void png(context, day)}>${t("map.file_png")}</button>
      <button type="button" @click=${() => svg(day)}>${t("map.file_svg")}</button>` : nothing}
    ${data.map ? FILES.map((format) => html`<button type="button" @click=${() => void table(context, format)}>${t(`map.file_${format}`)}</button>`) : nothing}`);
}

/** @returns {InfluenceMap | null} */
function canvas() {
  return document.querySelector("influence-map");
}

/** @param {Context} context @param {string} day */
async function png(context, day) {
  shut("export");
  const blob = await canvas()?.toPng(SHARP);
  if (blob) save(blob, `influence-map-${day}.png`);
  else context.say(t("map.no_picture"), "error");
}

/** @param {string} day */
function svg(day) {
  shut("export");
  const text = canvas()?.toSvg();
  if (text) save(new Blob([text], { type: "image/svg+xml" }), `influence-map-${day}.svg`);
}

/** @param {Context} context @param {string} format */
async function table(context, format) {
  shut("export");
  await download(context, "/map-file", [["format", format], ...mapParams(context.state)]);
}
