// Texts and formats in the reader's language. No view holds a literal: everything a person reads comes from here.

/** @type {Record<string, string>} */
let texts = {};
let locale = "en";

/**
 * Load the texts of a language; the server makes them of the same files it speaks from itself.
 * @param {"en" | "zh"} language
 */
export async function loadTexts(language) {
  const answer = await fetch(`/web/texts/${language}.json`);
  if (!answer.ok) throw new Error(`texts: ${answer.status}`);
  texts = await answer.json();
  locale = language === "zh" ? "zh-CN" : "en-GB";
}

/** @typedef {Record<string, string | number | null | undefined>} Args */

/**
 * A text by code (`theme.name`) with `{name}` filled in; with a number `n`, the form `name_one` or `name_other` of it.
 * `{links:link|links}` is a number with the word that fits it, for texts that count several things, as in the texts of
 * the server. A code without text is a defect and is shown as such.
 * @param {string} code
 * @param {Args} [args]
 * @returns {string}
 */
export function t(code, args = {}) {
  const counted = typeof args.n === "number" ? texts[`${code}_${plural(args.n)}`] ?? texts[`${code}_other`] : undefined;
  const text = counted ?? texts[code];
  if (text === undefined) {
    console.error(`no text for ${code}`);
    return `⟦${code}⟧`;
  }
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) => {
    const value = args[name];
    if (typeof value !== "number") return String(value ?? "");
    return one === undefined ? number(value) : `${number(value)} ${plural(value) === "one" ? one : many}`;
  });
}

/** Whether there is a text: for words that come from data, such as kinds and channels. @param {string} code */
export function has(code) {
  return code in texts;
}

/** A word that comes from data, translated where it is known. @param {string} theme @param {string | null} word */
export function word(theme, word) {
  if (!word) return "";
  const code = `words.${theme}_${word.toLowerCase().replace(/\W+/g, "_")}`;
  return has(code) ? t(code) : word;
}

/** Formats made so far: making one takes longer than using it a hundred times. @type {Map<string, any>} */
const formats = new Map();

/**
 * @template Format
 * @param {new (locale: string, options?: any) => Format} kind of Intl
 * @param {object} [options]
 * @returns {Format}
 */
function format(kind, options) {
  const key = `${locale} ${kind.name} ${JSON.stringify(options)}`;
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new kind(locale, options)));
  return made;
}

/** @param {number} n */
function plural(n) {
  return format(Intl.PluralRules).select(n) === "one" ? "one" : "other";
}

/** @param {number | null | undefined} value @param {number} [digits] at most so many after the point */
export function number(value, digits = 1) {
  return value === null || value === undefined ? t("web.none") : format(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value);
}

/** A probability 0 to 1 in percent. @param {number | null | undefined} value @param {number} [digits] */
export function percent(value, digits = 0) {
  if (value === null || value === undefined) return t("web.none");
  return format(Intl.NumberFormat, { style: "percent", maximumFractionDigits: digits }).format(value);
}

/** @param {number | null | undefined} value @param {string | null | undefined} currency ISO 4217 */
export function money(value, currency) {
  if (value === null || value === undefined) return t("web.none");
  if (!currency || !/^[A-Z]{3}$/.test(currency)) return number(value, 0);
  return format(Intl.NumberFormat, { style: "currency", currency, maximumFractionDigits: 0 }).format(value);
}

/** A day. @param {string | null | undefined} iso */
export function date(iso) {
  return iso ? format(Intl.DateTimeFormat, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(iso)) : t("web.none");
}

/** So many days from today, or from the newest data where those are newer; as a date input takes it. @param {number} days @param {string | null} [last] */
export function dayAhead(days, last) {
  const start = Math.max(Date.now(), Date.parse(last ?? "") || 0);
  return new Date(start + days * 86_400_000).toISOString().slice(0, 10);
}

/** A day and an hour, UTC. @param {string | null | undefined} iso */
export function moment(iso) {
  return iso
    ? format(Intl.DateTimeFormat, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" }).format(new Date(iso))
    : t("web.none");
}

/** So long ago, in the unit that fits. @param {number | null | undefined} days */
export function ago(days) {
  if (days === null || days === undefined) return t("web.none");
  const words = format(Intl.RelativeTimeFormat, { numeric: "auto" });
  if (days < 1) return words.format(-Math.round(days * 24), "hour");
  if (days < 60) return words.format(-Math.round(days), "day");
  return days < 730 ? words.format(-Math.round(days / 30.44), "month") : words.format(-Math.round(days / 365.25), "year");
}

/** Several words as a list. @param {string[]} words */
export function list(words) {
  return format(Intl.ListFormat, { type: "conjunction" }).format(words);
}

/** For sorting names as readers of the language do. */
export function collator() {
  return format(Intl.Collator, { numeric: true });
}
