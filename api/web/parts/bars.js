// Small pictures of numbers: a bar, a stacked sum of terms, a line over time. Widths are SVG attributes: no inline style.
import { html, nothing, svg } from "../core/dom.js";
import { t } from "../core/texts.js";

/** A figure as a bar of 0 to 1. @param {number | null | undefined} share @param {string} label */
export function bar(share, label) {
  const width = Math.max(0, Math.min(1, share ?? 0)) * 100;
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=${label}>
    <rect class="bar-ground" width="100" height="8" rx="2"></rect><rect class="bar-fill" width=${width} height="8" rx="2"></rect></svg>`;
}

/** @typedef {{name: string, value: number, text: string}} Part */

/**
 * Terms that add up: those below zero to the left of the middle line, those above to the right.
 * @param {Part[]} parts
 * @param {string} label
 */
export function termsBar(parts, label) {
  const left = -parts.reduce((sum, part) => sum + Math.min(part.value, 0), 0);
  const right = parts.reduce((sum, part) => sum + Math.max(part.value, 0), 0);
  const width = left + right || 1;
  let below = left;
  let above = left;
  const pieces = parts.map((part, i) => {
    const size = Math.abs(part.value);
    const x = part.value < 0 ? (below -= size) : above;
    if (part.value >= 0) above += size;
    return svg`<rect class="term term-${i % 10} ${part.value < 0 ? "minus" : "plus"}" x=${(100 * x) / width} y="0" width=${(100 * size) / width} height="16"><title>${part.text}</title></rect>`;
  });
  const middle = (100 * left) / width;
  return html`<svg class="terms" viewBox="0 -2 100 20" preserveAspectRatio="none" role="img" aria-label=${label}>${pieces}
    ${left > 0 && right > 0 ? svg`<rect class="zero" x=${middle - 0.15} y="-2" width="0.3" height="20"></rect>` : nothing}</svg>`;
}

/**
 * A line over time; gaps where nothing was measured.
 * @param {(number | null | undefined)[]} values
 * @param {string} label
 */
export function sparkline(values, label) {
  const known = values.filter((v) => typeof v === "number");
  if (known.length === 0) return html`<span class="quiet">${t("web.none")}</span>`;
  const top = Math.max(...known);
  const low = Math.min(0, ...known);
  const scale = top - low || 1;
  const step = 100 / Math.max(values.length - 1, 1);
  let path = "";
  let pen = "M";
  values.forEach((value, i) => {
    if (typeof value !== "number") { pen = "M"; return; }
    path += `${pen}${(i * step).toFixed(2)} ${(22 - (20 * (value - low)) / scale).toFixed(2)}`;
    pen = "L";
  });
  return html`<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label=${label}><path d=${path}></path></svg>`;
}

/**
 * Counts side by side, such as interactions per week.
 * @param {number[]} values
 * @param {string} label
 */
export function columns(values, label) {
  const top = Math.max(1, ...values);
  const step = 100 / Math.max(values.length, 1);
  return html`<svg class="columns" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label=${label}>
    ${values.map((v, i) => svg`<rect x=${i * step} y=${30 - (30 * v) / top} width=${step * 0.8} height=${(30 * v) / top}></rect>`)}</svg>`;
}
