// View: map.
import { html } from "../core/dom.js";
import { t } from "../core/texts.js";

/** @type {import("../core/app.js").View} */
export const view = {
  title: () => t("web.view_map"),
  needs: [],
  load: async () => ({}),
  show: () => html`<p>${t("web.loading")}</p>`,
};
