// The course of an entity or of a tie: contact per week, scores as kept, dated facts.
import { html, nothing } from "../core/dom.js";
import { date, number, t, word } from "../core/texts.js";
import { columns, sparkline } from "../parts/bars.js";
import { entityLink } from "../parts/entity.js";

/** @typedef {import("../core/app.js").Context} Context */

const SHOWN_FACTS = 12;

/** @param {any} history @param {Context} context */
export function course(history, context) {
  return html`<section><h3>${t("panels.course")}</h3>
    ${history.weeks?.length || !history.notes?.length ? weeks(history.weeks) : nothing}
    ${Object.entries(history.scores ?? {}).map(([name, points]) => trend(name, /** @type {any[]} */ (points)))}
    ${facts(history.facts, context)}
    ${(history.notes ?? []).map((/** @type {string} */ note) => html`<p class="quiet">${note}</p>`)}</section>`;
}

/** @param {any[]} rows */
function weeks(rows) {
  if (!rows?.length) return html`<p class="quiet">${t("panels.no_contact")}</p>`;
  const total = rows.reduce((sum, week) => sum + week.total, 0);
  const sent = rows.reduce((sum, week) => sum + week.sent, 0);
  /** @type {Record<string, number>} */
  const by = {};
  for (const week of rows) for (const [channel, n] of Object.entries(week.channels)) by[channel] = (by[channel] ?? 0) + Number(n);
  const said = t("panels.weeks", { n: total, from: date(rows[0].start), to: date(rows.at(-1).start) });
  return html`<figure>${columns(rows.map((week) => week.total), said)}<figcaption class="quiet">${said}</figcaption></figure>
    <p class="quiet">${t("panels.directions", { sent: number(sent, 0), received: number(total - sent, 0) })}
    ${Object.entries(by).sort((a, b) => b[1] - a[1]).map(([channel, n]) => html` · ${word("channels", channel)} ${number(n, 0)}`)}</p>
    <details><summary>${t("panels.as_table")}</summary><div class="table-box" tabindex="0" role="region" aria-label=${said}><table><thead><tr><th scope="col">${t("panels.week")}</th><th scope="col" class="number">${t("panels.sent")}</th><th scope="col" class="number">${t("panels.received")}</th></tr></thead>
      <tbody>${rows.filter((week) => week.total).reverse().map((week) => html`<tr><td>${date(week.start)}</td><td class="number">${number(week.sent, 0)}</td><td class="number">${number(week.received, 0)}</td></tr>`)}</tbody></table></div></details>`;
}

/** @param {string} name @param {{as_of: string, value: number | null}[]} points */
function trend(name, points) {
  if (points.length < 2) return nothing;
  const title = word("scores", name);
  return html`<div class="score-row"><span>${title}</span>${sparkline(points.map((p) => p.value), t("panels.trend", { name: title, from: date(points[0]?.as_of), to: date(points.at(-1)?.as_of) }))}</div>`;
}

/** @param {any[]} periods @param {Context} context */
export function facts(periods, context) {
  if (!periods?.length) return nothing;
  const newest = [...periods].reverse();
  /** @param {any} f */
  const line = (f) => html`<li><span class="quiet">${span(f)}</span> ${f.side === "object" && f.other ? html`${entityLink(context, f.other)} → ` : nothing}${word("facts", f.kind)}${f.role ? html` (${word("roles", f.role)})` : nothing}
    ${f.side !== "object" && f.other ? entityLink(context, f.other) : nothing}</li>`;
  return html`<h4>${t("panels.facts")}</h4><ul class="plain-list">${newest.slice(0, SHOWN_FACTS).map(line)}</ul>
    ${newest.length > SHOWN_FACTS ? html`<details><summary>${t("panels.more_facts", { n: newest.length - SHOWN_FACTS })}</summary><ul class="plain-list">${newest.slice(SHOWN_FACTS).map(line)}</ul></details>` : nothing}`;
}

/** @param {any} f */
function span(f) {
  if (!f.from && !f.to) return "";
  return f.to ? t("panels.from_to", { from: date(f.from), to: date(f.to) }) : t("panels.since", { from: date(f.from) });
}
