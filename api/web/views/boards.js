// Boards: how relationships, the ecosystem, groups and the data themselves stand.
import { Problem } from "../core/api.js";
import { html } from "../core/dom.js";
import { t } from "../core/texts.js";
import { failed } from "../parts/states.js";
import * as data from "./boards-data.js";
import * as ecosystem from "./boards-ecosystem.js";
import * as health from "./boards-health.js";
import * as silent from "./boards-silent.js";
import * as steps from "./boards-steps.js";
import * as trust from "./boards-trust.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {{load: (context: Context) => Promise<any>, show: (data: any, context: Context) => import("../core/dom.js").Shown}} Board */

/** @type {Record<string, Board>} */
const BOARDS = { health, ecosystem, silent, steps, data, trust };

/** @param {Context} context @returns {[string, Board]} */
function chosen({ state }) {
  const name = state.get("board");
  const board = Object.hasOwn(BOARDS, name) ? BOARDS[name] : undefined;
  return board ? [name, board] : ["health", health];
}

/** @type {import("../core/app.js").View} */
export const view = {
  title: () => t("web.view_boards"),
  needs: ["board", "team", "territory", "since", "by", "weeks", "state", "job"],
  async load(context) {
    const [name, board] = chosen(context);
    try {
      return { name, board: await board.load(context) };
    } catch (error) {
      if (error instanceof Problem && error.status !== 401) return { name, error }; // the other boards stay within reach
      throw error;
    }
  },
  show(loaded, context) {
    const board = BOARDS[loaded.name] ?? health;
    return html`<nav class="tabs" aria-label=${t("web.view_boards")}>${Object.keys(BOARDS).map((name) => html`<a
      href=${context.state.to("boards", { board: name }).url} aria-current=${name === loaded.name ? "page" : "false"}>${t(`boards.${name}`)}</a>`)}</nav>
      ${loaded.error ? failed(loaded.error, context.reload) : board.show(loaded.board, context)}`;
  },
};
