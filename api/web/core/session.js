// What belongs to this browser and is in no link: the key, language, theme, and whether names are hidden.

const KEY = "graphsvc.key";
const SETTINGS = "graphsvc.settings";

/** @typedef {{language: "en" | "zh", theme: "auto" | "light" | "dark", alias: boolean}} Settings */

/** The API key of this tab; gone when the tab closes. @returns {string} */
export function readKey() {
  return sessionStorage.getItem(KEY) ?? "";
}

/** @param {string} key */
export function keepKey(key) {
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
}

/** @returns {Settings} */
export function readSettings() {
  const liked = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  /** @type {Settings} */
  const usual = { language: liked, theme: "auto", alias: false };
  try {
    const kept = JSON.parse(localStorage.getItem(SETTINGS) ?? "{}");
    return {
      language: kept.language === "zh" || kept.language === "en" ? kept.language : usual.language,
      theme: kept.theme === "light" || kept.theme === "dark" ? kept.theme : "auto",
      alias: kept.alias === true,
    };
  } catch {
    return usual; // somebody else wrote there: the page must open all the same
  }
}

/** @param {Settings} settings */
export function keepSettings(settings) {
  localStorage.setItem(SETTINGS, JSON.stringify(settings));
}

/** Put theme and language on the document. @param {Settings} settings */
export function applySettings(settings) {
  const root = document.documentElement;
  root.lang = settings.language === "zh" ? "zh-CN" : "en";
  if (settings.theme === "auto") root.removeAttribute("data-theme");
  else root.dataset.theme = settings.theme;
  root.dispatchEvent(new CustomEvent("theme-change", { bubbles: true }));
}
