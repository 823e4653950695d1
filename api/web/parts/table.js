// Tables: sortable by a click or Enter on the heading; the twin of every picture.
import { html, nothing } from "../core/dom.js";
import { collator, t } from "../core/texts.js";

/** @typedef {import("../core/dom.js").Shown} Shown */
/**
 * @template Row
 * @typedef {object} Column
 * @property {string} name stable, used in the address
 * @property {string} title
 * @property {(row: Row) => Shown} show
 * @property {(row: Row) => string | number | null | undefined} [by] what to sort by; without it the column does not sort
 * @property {boolean} [number] right-aligned figures
 */

/**
 * @template Row
 * @param {object} options
 * @param {string} options.caption read out, and shown above
 * @param {Column<Row>[]} options.columns
 * @param {Row[]} options.rows
 * @param {string} [options.sort] column, with "-" in front for descending
 * @param {(sort: string) => void} [options.onSort]
 * @param {number} [options.most] show at most so many rows
 */
export function dataTable({ caption, columns, rows, sort = "", onSort, most = 500 }) {
  const shown = sorted(rows, columns, sort).slice(0, most);
  return html`<div class="table-box" tabindex="0" role="region" aria-label=${caption}><table>
    <caption>${caption}</caption>
    <thead><tr>${columns.map((column) => heading(column, sort, onSort))}</tr></thead>
    <tbody>${shown.map((row) => html`<tr>${columns.map((c) => html`<td class=${c.number ? "number" : ""}>${c.show(row)}</td>`)}</tr>`)}</tbody>
  </table>${rows.length > shown.length ? html`<p class="quiet">${t("web.more_rows", { n: rows.length - shown.length })}</p>` : nothing}</div>`;
}

/** @param {Column<any>} column @param {string} sort @param {((sort: string) => void) | undefined} onSort */
function heading(column, sort, onSort) {
  const descending = sort === `-${column.name}`;
  const order = descending ? "descending" : sort === column.name ? "ascending" : "none";
  if (!onSort || !column.by) return html`<th scope="col" class=${column.number ? "number" : ""}>${column.title}</th>`;
  const next = order === "none" ? (column.number ? `-${column.name}` : column.name) : descending ? column.name : `-${column.name}`;
  return html`<th scope="col" aria-sort=${order} class=${column.number ? "number" : ""}>
    <button type="button" class="plain" @click=${() => onSort(next)}>${column.title}<span class="arrow" aria-hidden="true">${order === "none" ? "" : descending ? "▾" : "▴"}</span></button></th>`;
}

/**
 * Rows in the order asked for; empty cells last, equal ones as they came.
 * @template Row
 * @param {Row[]} rows
 * @param {Column<Row>[]} columns
 * @param {string} sort
 * @returns {Row[]}
 */
export function sorted(rows, columns, sort) {
  const by = columns.find((column) => column.name === sort.replace(/^-/, ""))?.by;
  if (!by) return rows;
  const sign = sort.startsWith("-") ? -1 : 1;
  const names = collator();
  return [...rows].sort((a, b) => {
    const x = by(a) ?? null;
    const y = by(b) ?? null;
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return sign * (typeof x === "number" && typeof y === "number" ? x - y : names.compare(String(x), String(y)));
  });
}
