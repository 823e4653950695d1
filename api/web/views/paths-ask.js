// "Ask for the introduction": a draft in either language, and the ask is recorded so that nobody is asked too often.
import { get, post } from "../core/api.js";
import { html, render } from "../core/dom.js";
import { t } from "../core/texts.js";
import { attempt } from "../parts/attempt.js";
import { failed, loading } from "../parts/states.js";

/** @typedef {import("../core/app.js").Context} Context */

/**
 * Open the dialog for a path: its first colleague or contact is asked to introduce its last person.
 * @param {any} path
 * @param {Context} context
 */
export function askFor(path, context) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", t("paths.ask_for"));
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  const first = path.hops[0];
  const ask = { to: path.hops.at(-1).to_id, through: first.to_id, from: first.from_id };
  dialog.showModal();
  const mail = String(first.to ?? "").includes("@") ? first.to : "";
  const said = t("paths.ask_whom", { from: first.from_name || first.from, through: first.to_name || first.to, to: path.hops.at(-1).to_name || path.hops.at(-1).to });
  void draw(dialog, { ask, mail, said }, document.documentElement.lang.startsWith("zh") ? "zh" : "en", context);
}

/** @typedef {{ask: Record<string, string>, mail: string, said: string}} Asked what is recorded, where the request goes, and both in words */

/** @param {HTMLDialogElement} dialog @param {Asked} asked @param {string} language @param {Context} context */
async function draw(dialog, asked, language, context) {
  render(loading(5), dialog);
  try {
    const params = /** @type {[string, string][]} */ ([...Object.entries(asked.ask), ["language", language], ...context.state.moment]);
    render(form(await get("/draft", params), dialog, asked, context), dialog);
  } catch (error) {
    render(html`${failed(error)}<button type="button" @click=${() => dialog.close()}>${t("web.close")}</button>`, dialog);
  }
  const body = dialog.querySelector("textarea");
  body?.setSelectionRange(0, 0); // begins at the greeting, not below the signature
  body?.focus();
}

/** @param {any} draft @param {HTMLDialogElement} dialog @param {Asked} asked @param {Context} context */
function form(draft, dialog, asked, context) {
  const mail = `mailto:${encodeURIComponent(asked.mail).replace("%40", "@")}?subject=${encodeURIComponent(draft.subject)}&body=${encodeURIComponent(draft.body)}`;
  const writes = context.me.scopes.includes("write");
  return html`<h2>${t("paths.ask_for")}</h2><p>${asked.said}</p>
    <label>${t("paths.draft_language")}<select @change=${(/** @type {Event} */ e) => void draw(dialog, asked, /** @type {HTMLSelectElement} */ (e.target).value, context)}>
      <option value="en" lang="en" ?selected=${draft.language === "en"}>English</option><option value="zh" lang="zh-CN" ?selected=${draft.language === "zh"}>中文</option></select></label>
    <label class="wide">${t("paths.subject")}<input name="subject" readonly .value=${draft.subject}></label>
    <label class="wide">${t("paths.body")}<textarea name="body" lang=${draft.language === "zh" ? "zh-CN" : "en"} .value=${draft.body}></textarea></label>
    <div class="row"><button type="button" @click=${() => copy(dialog, draft, context)}>${t("paths.copy")}</button>
      <a href=${mail}>${t("paths.mail")}</a>
      <button type="button" class="primary" ?disabled=${!writes} @click=${() => record(dialog, asked.ask, context)}>${t("paths.record")}</button>
      <button type="button" @click=${() => dialog.close()}>${t("web.close")}</button></div>
    <p class="quiet">${t(writes ? "paths.record_hint" : "paths.no_write")}</p>`;
}

/** @param {HTMLDialogElement} dialog @param {any} draft @param {Context} context */
async function copy(dialog, draft, context) {
  const text = dialog.querySelector("textarea")?.value ?? draft.body;
  try {
    await navigator.clipboard.writeText(`${draft.subject}\n\n${text}`);
    context.say(t("paths.copied"));
  } catch {
    dialog.querySelector("textarea")?.select(); // the browser forbids it: the text is selected for the reader's own keys
    context.say(t("paths.copy_yourself"));
  }
}

/** @param {HTMLDialogElement} dialog @param {Record<string, string>} ask @param {Context} context */
async function record(dialog, ask, context) {
  const recorded = await attempt(context, () => post("/asks", ask));
  dialog.close();
  if (!recorded) return;
  context.say(t("paths.recorded"));
  await context.reload();
}
