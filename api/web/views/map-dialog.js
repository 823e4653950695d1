// A dialog with a form; what the API refuses is shown in it and the words typed stay.
import { html, nothing, render } from "../core/dom.js";
import { t } from "../core/texts.js";
import { failed } from "../parts/states.js";

/** @typedef {import("../core/dom.js").Shown} Shown */

/**
 * @param {object} options
 * @param {string} options.title
 * @param {Shown} options.fields
 * @param {string} options.submit text of the button
 * @param {(form: FormData) => Promise<void>} options.done what is to happen; the dialog closes after it
 * @param {(error: unknown, form: FormData, close: () => void) => Shown} [options.refused] more to do after a refusal
 */
export function formDialog({ title, fields, submit, done, refused }) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const dialog = document.createElement("dialog");
  dialog.className = "map-dialog";
  dialog.setAttribute("aria-label", title);
  const close = () => dialog.close();
  /** @param {SubmitEvent} event */
  const sent = async (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    show(nothing, true);
    try {
      await done(form);
      close();
    } catch (error) {
      show(html`${failed(error)}${refused?.(error, form, close) ?? nothing}`, false);
    }
  };
  /** @param {Shown} problem @param {boolean} busy */
  const show = (problem, busy) => render(html`<form @submit=${sent}><h2>${title}</h2>${fields}${problem}
    <div class="row end"><button type="submit" class="primary" ?disabled=${busy}>${submit}</button><button type="button" @click=${close}>${t("map.cancel")}</button></div></form>`, dialog);
  show(nothing, false);
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
}
