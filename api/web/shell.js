// The frame around every view: where one can go, search, the time slider, settings, messages.
import { Problem } from "./core/api.js";
import { html, nothing } from "./core/dom.js";
import { readKey } from "./core/session.js";
import { t } from "./core/texts.js";
import { openPanel, showPanel } from "./panels/panel.js";
import { nameOf } from "./parts/entity.js";
import { failed, loading } from "./parts/states.js";
import { timeSlider } from "./parts/time-slider.js";
import { NAVIGATION } from "./views/views.js";

/** @typedef {import("./core/app.js").Context} Context */
/** @typedef {import("./main.js").Actions} Actions */
/** @typedef {typeof import("./main.js").page} Page */

/** @param {Page} page @param {Context | null} context @param {Actions} actions */
export function shell(page, context, actions) {
  if (page.refused) return signIn(page.refused, page, actions);
  if (!context) return html`<main class="center">${loading()}</main>`;
  const open = openPanel(page.state.get("panel")) !== null;
  return html`<a class="skip" href="#main" @click=${skip}>${t("web.skip")}</a>
    ${header(page, context, actions)}
    <div class=${open ? "body with-panel" : "body"}>
      <main id="main" tabindex="-1" class="view view-${page.state.view}">${main(page, context)}</main>
      ${showPanel(page.side, context)}
    </div>
    <div class="messages" role=${page.message.kind === "error" ? "alert" : "status"} aria-live="polite">${page.message.text
      ? html`<p class=${page.message.kind}>${page.message.text} <button type="button" class="icon" aria-label=${t("web.close")} @click=${actions.quiet}>×</button></p>` : nothing}</div>`;
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** @param {Page} page @param {Context} context */
function main(page, context) {
  const { main: loaded, view } = page;
  if (loaded.state === "failed") return failed(loaded.error, context.reload);
  if (!view || loaded.state === "loading") return loading(8);
  return view.show(loaded.data, context);
}

/** @param {Page} page @param {Context} context @param {Actions} actions */
function header(page, context, actions) {
  const { state } = page;
  return html`<header class="top">
    <a class="brand" href="/?view=top" aria-label="graphsvc"><img src="/web/icon.svg" alt="" width="24" height="24"><span>graphsvc</span></a>
    <nav aria-label=${t("web.navigation")}>${NAVIGATION.map((name) => html`<a href=${state.to(name).url} aria-current=${state.view === name ? "page" : "false"}>${t(`web.view_${name}`)}</a>`)}</nav>
    <search-box class="main-search" .label=${t("web.search")} .moment=${state.moment} @pick=${(/** @type {CustomEvent} */ e) => found(context, e.detail)}></search-box>
    ${timeSlider(context)}
    ${settings(page, context, actions)}
  </header>`;
}

/** What is found is opened on the map, with its panel; works and deals in the panel alone. @param {Context} context @param {import("./parts/search-box.js").Hit} hit */
function found(context, hit) {
  const panel = `${hit.label}:${hit.id}`;
  const onMap = hit.label === "person" || hit.label === "organization";
  context.go(onMap ? context.state.to("map", { focus: hit.id, panel }) : context.state.with({ panel }));
}

/** @param {Page} page @param {Context} context @param {Actions} actions */
function settings(page, context, actions) {
  const { language, theme, alias } = page.settings;
  const who = context.me.entity ? nameOf(context.me.entity) : context.me.name;
  return html`<details class="settings"><summary title=${t("web.settings")}><span class=${page.linked === false ? "dot off" : "dot"} aria-hidden="true"></span><bdi>${who}</bdi><span class="hidden">${t("web.settings")}</span></summary>
    <div class="menu">
      <p class="quiet" role="status">${page.linked === false ? t("web.not_linked") : t("web.linked")}</p>
      <label>${t("web.language")}<select @change=${(/** @type {Event} */ e) => actions.set({ language: /** @type {"en" | "zh"} */ (value(e)) })}>
        <option value="en" lang="en" ?selected=${language === "en"}>English</option><option value="zh" lang="zh-CN" ?selected=${language === "zh"}>中文</option></select></label>
      <label>${t("web.theme")}<select @change=${(/** @type {Event} */ e) => actions.set({ theme: /** @type {"auto" | "light" | "dark"} */ (value(e)) })}>
        ${["auto", "light", "dark"].map((name) => html`<option value=${name} ?selected=${theme === name}>${t(`web.theme_${name}`)}</option>`)}</select></label>
      <label class="check"><input type="checkbox" .checked=${alias} @change=${() => actions.set({ alias: !alias })}>${t("web.alias")}</label>
      <a href="/docs">${t("web.docs")}</a>
      ${context.me.name !== "owner" ? html`<button type="button" @click=${actions.leave}>${t("web.leave")}</button>` : nothing}
    </div></details>`;
}

/** @param {Event} event */
function value(event) {
  return /** @type {HTMLSelectElement} */ (event.target).value;
}

/** @param {unknown} error @param {Page} page @param {Actions} actions */
function signIn(error, page, actions) {
  const needsKey = error instanceof Problem && (error.status === 401 || error.status === 403);
  /** @param {SubmitEvent} event */
  const enter = (event) => {
    event.preventDefault();
    const key = new FormData(/** @type {HTMLFormElement} */ (event.target)).get("key");
    void actions.enter(String(key ?? ""));
  };
  return html`<main class="center" id="main"><h1><img src="/web/icon.svg" alt="" width="32" height="32"> graphsvc</h1>
    ${needsKey ? html`<form @submit=${enter}><p>${t("web.need_key")}</p>
      <label>${t("web.key")}<input name="key" type="password" autocomplete="current-password" required autofocus></label>
      <button type="submit" class="primary">${t("web.enter")}</button></form>` : nothing}
    ${needsKey && !readKey() && error.status === 401 ? nothing : failed(error, needsKey ? undefined : () => location.reload())}
    <p><button type="button" lang="zh-CN" ?hidden=${page.settings.language === "zh"} @click=${() => actions.set({ language: "zh" })}>中文</button>
    <button type="button" lang="en" ?hidden=${page.settings.language === "en"} @click=${() => actions.set({ language: "en" })}>English</button></p></main>`;
}
