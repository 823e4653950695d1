// The week's list of a rep or the team: whom to contact, why, how, what changed; and what a person decided about it.
import { get, Problem } from "../core/api.js";
import { html, nothing, repeat } from "../core/dom.js";
import { t } from "../core/texts.js";
import { download } from "../parts/download.js";
import { nameOf } from "../parts/entity.js";
import { metaLine } from "../parts/meta.js";
import { empty, failed } from "../parts/states.js";
import { handover, loadHandover } from "./top-handover.js";
import { line } from "./top-line.js";
import { whyNot } from "./top-why-not.js";

/** @typedef {import("../core/app.js").Context} Context */
/** @typedef {import("./top-line.js").Line} Line */
/**
 * @typedef {object} List
 * @property {any} meta
 * @property {string} rep
 * @property {string} week
 * @property {Line[]} items
 * @property {{entity: import("../core/app.js").Entity, decision: import("./top-line.js").Decision}[]} away
 * @property {Record<string, number>} left_out
 */

/** Stands for all reps together. */
const TEAM = "team";

/** Whose list is asked for: of the address, else the reader's own, else the team's. @param {Context} context */
export function listOf(context) {
  const { state, me } = context;
  return state.get("rep") || (me.entity && me.reps.some((rep) => rep.id === me.entity?.id) ? me.entity.id : me.owner ? TEAM : me.entity?.id ?? TEAM);
}

/** @type {import("../core/app.js").View} */
export const view = {
  title: () => t("web.view_top"),
  needs: ["rep", "week", "tab", "to"],
  async load(context) {
    const { state, signal } = context;
    const rep = listOf(context);
    if (state.get("tab") === "handover") return { rep, handover: await loadHandover(context, rep) };
    try {
      const [list, kept] = await Promise.all([
        get(`/top/${rep}`, [...state.pick(["week"]), ...state.moment], signal),
        get(`/lists/${rep}`, state.moment, signal),
      ]);
      return { rep, list, weeks: kept.weeks };
    } catch (error) {
      if (error instanceof Problem && error.status === 403) return { rep, refused: error };
      throw error;
    }
  },
  show(data, context) {
    if (data.refused) return refusal(data, context);
    return html`<div class="toolbar">${whose(data.rep, context)}${data.list ? weekChoice(data, context) : nothing}${data.list ? exports(data, context) : nothing}</div>
      ${data.handover ? handover(data.handover, data.rep, context) : show(data, context)}`;
  },
};

/** Somebody else's list: what was said, and the way to one's own. @param {{rep: string, refused: Problem}} data @param {Context} context */
function refusal(data, context) {
  const { me, state } = context;
  return html`<div class="toolbar">${whose(data.rep, context)}</div>${failed(data.refused)}
    ${me.entity ? html`<p><a href=${state.with({ rep: null, week: null, tab: null }).url}>${t("top.to_own")}</a></p>` : nothing}`;
}

/** @param {{rep: string, list: List, weeks: any[]}} data @param {Context} context */
function show(data, context) {
  const { list, rep } = data;
  const done = doneOf(list);
  const who = context.me.reps.find((one) => one.id === rep);
  return html`<h1>${rep === TEAM ? t("top.title_team") : t("top.title", { name: who ? nameOf(who) : list.rep })} <span class="quiet">${list.week}</span></h1>
    ${list.items.length ? html`<p class="quiet" role="status">${t("top.progress", { done, n: list.items.length })}${ranked(list)}</p>` : nothing}
    ${metaLine(list.meta)}
    ${list.items.length === 0 ? empty(t("top.empty"), html`<a href=${context.state.to("map").url}>${t("top.to_map")}</a>`) : nothing}
    <ol class="lines">${repeat(list.items, (item) => item.id, (item) => line(item, rep, list.week, context))}</ol>
    ${away(list, rep, context)}
    ${leftOut(list)}
    ${whyNot(rep, context)}`;
}

/** Of how many these are the first. @param {List} list */
function ranked({ items }) {
  const of = items[0]?.of ?? 0;
  return of > items.length ? html` · ${t("top.ranked", { of })}` : nothing;
}

/** @param {List} list */
function doneOf(list) {
  return list.items.filter((item) => item.decision?.state === "done").length;
}

/** @param {string} rep @param {Context} context */
function whose(rep, context) {
  const { state, me } = context;
  const known = me.reps.some((one) => one.id === rep) || rep === TEAM;
  /** @param {Event} e */
  const choose = (e) => context.go(state.with({ rep: /** @type {HTMLSelectElement} */ (e.target).value, week: null }));
  const tab = state.get("tab");
  return html`<label>${t("top.whose")}<select @change=${choose}>
      ${me.owner ? html`<option value=${TEAM} ?selected=${rep === TEAM}>${t("top.team")}</option>` : nothing}
      ${known ? nothing : html`<option value=${rep} selected>${t("web.nobody")}</option>`}
      ${me.reps.map((one) => html`<option value=${one.id} ?selected=${rep === one.id}>${nameOf(one)}</option>`)}</select></label>
    <nav class="tabs" aria-label=${t("top.parts")}>
      <a href=${state.with({ tab: null }).url} aria-current=${tab ? "false" : "page"}>${t("top.tab_list")}</a>
      ${rep === TEAM ? nothing : html`<a href=${state.with({ tab: "handover" }).url} aria-current=${tab === "handover" ? "page" : "false"}>${t("top.tab_handover")}</a>`}</nav>`;
}

/** @param {{rep: string, list: List, weeks: {week: string, items: number, done: number}[]}} data @param {Context} context */
function weekChoice(data, context) {
  const { state, me } = context;
  const weeks = [...new Set([me.week, data.list.week, ...data.weeks.map((one) => one.week)])].sort().reverse();
  /** @param {Event} e */
  const choose = (e) => context.go(state.with({ week: /** @type {HTMLSelectElement} */ (e.target).value }));
  const doneIn = new Map(data.weeks.map((one) => [one.week, one]));
  return html`<label>${t("top.week")}<select @change=${choose}>${weeks.map((week) => {
    const shown = week === data.list.week;
    const kept = doneIn.get(week);
    const figures = kept && { done: shown ? doneOf(data.list) : kept.done, all: shown ? data.list.items.length : kept.items };
    return html`<option value=${week} ?selected=${shown}>${figures ? t("top.week_done", { week, ...figures }) : week}</option>`;
  })}</select></label>`;
}

/** @param {{rep: string, list: List}} data @param {Context} context */
function exports(data, context) {
  if (data.rep === TEAM) return nothing;
  const params = /** @type {[string, string][]} */ ([["week", data.list.week], ...context.state.moment]);
  return html`<div class="row" role="group" aria-label=${t("top.export")}>${["xlsx", "csv", "ics"].map((format) => html`<button type="button"
    @click=${() => download(context, `/top-file/${data.rep}`, [["format", format], ...params])}>${t(`top.export_${format}`)}</button>`)}</div>`;
}

/** Whom decisions keep off the list; each can be taken back. @param {List} list @param {string} rep @param {Context} context */
function away(list, rep, context) {
  if (!list.away?.length) return nothing;
  return html`<section><h2>${t("top.away")}</h2><ul class="plain-list">${repeat(list.away, (one) => one.entity.id, (one) => line.away(one, rep, list.week, context))}</ul></section>`;
}

/** @param {List} list */
function leftOut(list) {
  const reasons = Object.entries(list.left_out);
  if (reasons.length === 0) return nothing;
  return html`<details class="left-out"><summary>${t("top.left_out")}</summary><ul>${reasons.map(([why, n]) => html`<li>${t("top.left_out_line", { why, n })}</li>`)}</ul></details>`;
}
