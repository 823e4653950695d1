// Freshness of the data per channel and source; jobs and runs.
import { get } from "../core/api.js";
import { html, nothing } from "../core/dom.js";
import { ago, moment, number, percent, t, word } from "../core/texts.js";
import { send } from "../parts/attempt.js";
import { bar, columns } from "../parts/bars.js";
import { metaLine } from "../parts/meta.js";
import { empty } from "../parts/states.js";
import { dataTable } from "../parts/table.js";

/** @typedef {import("../core/app.js").Context} Context */

const JOBS = ["score", "fit", "weekly"];

/** @param {Context} context */
export async function load({ state, signal, me }) {
  const admin = me.scopes.includes("admin");
  const [fresh, jobs, runs] = await Promise.all([
    get("/boards/freshness", state.moment, signal), admin ? get("/jobs", [["limit", "20"]], signal) : null, get("/runs", [["limit", "20"]], signal),
  ]);
  return { fresh, jobs, runs };
}

/** @param {any} data @param {Context} context */
export function show(data, context) {
  const { fresh, jobs, runs } = data;
  return html`<h1>${t("boards.data_title")}</h1>
    <div class="cards">${fresh.channels.map((/** @type {any} */ channel) => card(channel))}</div>
    ${fresh.sources.length ? sources(fresh.sources) : nothing}
    <h2>${t("boards.jobs")}</h2>
    ${context.me.scopes.includes("admin") ? html`<div class="row" role="group" aria-label=${t("boards.start")}>${JOBS.map((kind) => html`<button type="button" @click=${() => start(kind, context)}>${t(`boards.start_${kind}`)}</button>`)}</div>` : nothing}
    ${!jobs ? html`<p class="quiet">${t("boards.jobs_hidden")}</p>` : jobs.items.length ? html`<ul class="plain-list">${jobs.items.map(job)}</ul>` : empty(t("boards.no_jobs"))}
    ${runTable(runs.items)}${metaLine(fresh.meta)}`;
}

/** @param {any} one */
function card(one) {
  const said = t("boards.last_weeks", { channel: word("channels", one.channel) });
  return html`<article class="card"><h2>${word("channels", one.channel)} ${one.late ? html`<span class="tag poor">${t("boards.late")}</span>` : html`<span class="tag good">${t("boards.fresh")}</span>`}</h2>
    <p>${ago(one.age_days)} <span class="quiet">${one.usual_days === null ? t("boards.no_usual") : t("boards.usual", { n: Math.max(1, Math.round(one.usual_days)) })}</span></p>
    ${one.weeks.length ? columns(one.weeks, said) : html`<p class="quiet">${t("boards.counts_hidden")}</p>`}</article>`;
}

/** @param {any[]} rows */
function sources(rows) {
  return dataTable({
    caption: t("boards.sources"), rows,
    columns: [
      { name: "source", title: t("panels.source"), show: (s) => s.source },
      { name: "state", title: t("boards.state"), show: (s) => html`<span class="tag ${s.state === "ok" ? "good" : s.state === "failed" ? "poor" : "fair"}">${t(`boards.sync_${s.state}`)}</span>` },
      { name: "last", title: t("boards.last_sync"), show: (s) => moment(s.last_run) },
      { name: "rows", title: t("boards.rows"), number: true, show: (s) => number(s.rows, 0) },
      { name: "held", title: t("boards.held"), number: true, show: (s) => number(s.quarantined, 0) },
      { name: "reasons", title: t("boards.reasons"), show: (s) => s.reasons.map((/** @type {any} */ r) => html`<p>${r.reason} <span class="quiet">${number(r.count, 0)}</span></p>`) },
    ],
  });
}

/** @param {any} one */
function job(one) {
  const kind = t(`boards.kind_${one.kind}`);
  const state = one.state === "failed" ? "poor" : one.state === "done" ? "good" : "fair";
  return html`<li class="card small"><div class="row spread"><span>${kind} ${one.name}</span><span><span class="tag ${state}">${t(`boards.job_${one.state}`)}</span> <span class="quiet">${moment(one.created)}</span></span></div>
    ${one.state === "running" && one.progress !== null ? bar(one.progress, percent(one.progress)) : nothing}
    ${one.error ? html`<p>${one.error}</p>` : one.note ? html`<p class="quiet">${one.note}</p>` : nothing}</li>`;
}

/** @param {string} kind @param {Context} context */
function start(kind, context) {
  return send(context, "/jobs", { kind }, t("boards.started"));
}

/** @param {any[]} runs */
function runTable(runs) {
  if (runs.length === 0) return nothing;
  return dataTable({
    caption: t("boards.runs"), rows: runs,
    columns: [
      { name: "kind", title: t("boards.what"), show: (r) => html`${t(`boards.kind_${r.kind}`)} <span class="quiet">${r.name}</span>` },
      { name: "started", title: t("boards.started_at"), show: (r) => moment(r.started) },
      { name: "as_of", title: t("web.date"), show: (r) => moment(r.as_of) },
      { name: "seconds", title: t("boards.seconds"), number: true, show: (r) => number(r.seconds, 1) },
    ],
  });
}
