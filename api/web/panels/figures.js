// Scores in words and figures.
import { number, percent, t } from "../core/texts.js";

/** A score's value in its unit. @param {{value: number | null, unit: string, override?: number | null}} score */
export function scoreText(score) {
  if (score.value === null) return t("web.none");
  return score.unit === "probability" ? percent(score.value) : number(score.value, score.unit.startsWith("points") ? 0 : 2);
}

/** Its interval, where it has one. @param {{low: number | null, high: number | null, unit: string}} score */
export function intervalText(score) {
  if (score.low === null || score.high === null) return "";
  const low = scoreText({ value: score.low, unit: score.unit });
  const high = scoreText({ value: score.high, unit: score.unit });
  return t("panels.interval", { low, high });
}
