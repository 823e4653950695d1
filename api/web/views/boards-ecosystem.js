// The ecosystem quadrant: organizations by depth and breadth, with a play for each; and its table twin.
import { get } from "../core/api.js";
import { html, nothing, svg } from "../core/dom.js";
import { number, t, word } from "../core/texts.js";
import { entityLink, nameOf, scoreLink } from "../parts/entity.js";
import { metaLine } from "../parts/meta.js";
import { empty } from "../parts/states.js";
import { dataTable } from "../parts/table.js";

/** @typedef {import("../core/app.js").Context} Context */

const QUADRANTS = ["deep_broad", "shallow_broad", "deep_narrow", "shallow_narrow"];

/** @param {Context} context */
export function load({ state, signal }) {
  return get("/boards/ecosystem", state.moment, signal);
}

/** @param {any} board @param {Context} context */
export function show(board, context) {
  const assessed = board.items.filter((/** @type {any} */ one) => one.depth !== null && one.breadth !== null);
  if (board.items.length === 0) return empty(t("boards.no_organizations"));
  return html`<h1>${t("boards.ecosystem_title")}</h1>
    ${assessed.length ? html`<div class="quadrant-box">${picture(board, assessed, context)}${legend(board)}</div>` : empty(t("boards.none_assessed"))}
    ${table(board, context)}${metaLine(board.meta)}`;
}

/** @param {any} board @param {any[]} items @param {Context} context */
function picture(board, items, context) {
  const x = (/** @type {number} */ depth) => 8 + 0.88 * depth;
  const y = (/** @type {number} */ breadth) => 92 - 0.88 * breadth;
  const { depth, breadth } = board.cuts;
  return html`<svg class="quadrant" viewBox="0 0 100 100" role="group" aria-label=${t("boards.quadrant_said", { n: items.length })}>
    <rect class="ground" x="8" y="4" width="88" height="88"></rect>
    ${depth === null ? nothing : svg`<path class="cut" d=${`M${x(depth)} 4V92M8 ${y(breadth)}H96`}></path>`}
    <text class="axis" x="96" y="97" text-anchor="end">${t("boards.deeper")} →</text><text class="axis" transform="rotate(-90)" x="-4" y="5.5" text-anchor="end">${t("boards.broader")} →</text>
    ${items.map((one) => svg`<a href=${context.state.with({ panel: `organization:${one.organization.id}` }).url} aria-label=${`${nameOf(one.organization)}: ${one.play_text}`}>
      <circle class="dot-${one.quadrant} ${one.verdict ?? ""}" cx=${x(one.depth)} cy=${y(one.breadth)} r=${one.verdict ? 1.9 : 1.2}><title>${nameOf(one.organization)} – ${one.play_text}</title></circle></a>`)}
    ${labels(items, x, y).map((label) => svg`<text class="dot-name" x=${label.x} y=${label.y}>${label.text}</text>`)}
  </svg>`;
}

/**
 * Names of the assessed, those with most influence first, where they do not cover each other.
 * @param {any[]} items @param {(depth: number) => number} x @param {(breadth: number) => number} y
 */
function labels(items, x, y) {
  /** @type {{x: number, y: number, width: number, text: string}[]} */
  const placed = [];
  const wanted = items.filter((one) => one.verdict).sort((a, b) => (b.ecosystem ?? 0) - (a.ecosystem ?? 0));
  for (const one of wanted) {
    const text = short(nameOf(one.organization));
    const label = { x: x(one.depth) + 2.4, y: y(one.breadth) + 0.8, width: [...text].reduce((sum, sign) => sum + (sign > "\u2e80" ? 2.3 : 1.3), 0), text };
    const free = placed.every((other) => Math.abs(other.y - label.y) > 2.8 || other.x + other.width < label.x || label.x + label.width < other.x);
    if (free && label.x + label.width < 100) placed.push(label);
  }
  return placed;
}

/** @param {string} name */
function short(name) {
  return name.length > 14 ? `${name.slice(0, 13)}…` : name;
}

/** @param {any} board */
function legend(board) {
  return html`<ul class="plain-list legend">${QUADRANTS.map((name) => html`<li><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><circle class="dot-${name}" cx="5" cy="5" r="4"></circle></svg>
    <span><strong>${t(`boards.${name}`)}</strong> <span class="quiet">${t("boards.organizations", { n: board.counts[name] ?? 0 })}</span><br>${t(`boards.${name}_play`)}</span></li>`)}
    <li><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><circle class="pivot" cx="5" cy="5" r="3.6"></circle></svg><span>${t("boards.pivot_hint")}</span></li>
    <li class="quiet">${t("boards.not_assessed_count", { n: board.counts.not_assessed ?? 0 })}</li></ul>`;
}

/** @param {any} board @param {Context} context */
function table(board, context) {
  /** @param {string} name @param {string} title */
  const points = (name, title) => ({ name, title, number: true, show: (/** @type {any} */ one) => (one[name] === null ? t("web.none") : scoreLink(context, name, [one.organization.id], number(one[name], 0))), by: (/** @type {any} */ one) => one[name] });
  return dataTable({
    caption: t("boards.ecosystem_table"), rows: board.items, sort: context.state.get("sort"), onSort: (sort) => context.go(context.state.with({ sort }), { replace: true }),
    columns: [
      { name: "name", title: t("panels.works_at"), show: (one) => entityLink(context, one.organization), by: (one) => nameOf(one.organization) },
      { name: "quadrant", title: t("boards.quadrant"), show: (one) => (one.quadrant === "not_assessed" ? html`<span class="quiet" title=${one.reason ?? ""}>${t("boards.not_assessed")}</span>` : t(`boards.${one.quadrant}`)), by: (one) => one.quadrant },
      { name: "verdict", title: t("boards.verdict"), show: (one) => (one.verdict ? html`<span class="tag good">${word("verdicts", one.verdict)}</span>` : ""), by: (one) => one.verdict },
      points("depth", word("scores", "depth")), points("breadth", word("scores", "breadth")), points("ecosystem", word("scores", "ecosystem")),
      { name: "play", title: t("boards.play"), show: (one) => one.play_text, by: (one) => one.play },
    ],
  });
}
