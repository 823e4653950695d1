// The one place that names the vendored template library.
export { html, nothing, render, svg } from "../vendor/lit-html/lit-html.js";
export { classMap } from "../vendor/lit-html/directives/class-map.js";
export { guard } from "../vendor/lit-html/directives/guard.js";
export { ifDefined } from "../vendor/lit-html/directives/if-defined.js";
export { keyed } from "../vendor/lit-html/directives/keyed.js";
export { live } from "../vendor/lit-html/directives/live.js";
export { createRef, ref } from "../vendor/lit-html/directives/ref.js";
export { repeat } from "../vendor/lit-html/directives/repeat.js";
/** @typedef {import("../vendor/lit-html/lit-html.js").TemplateResult | typeof import("../vendor/lit-html/lit-html.js").nothing | string | number} Shown */
/** @typedef {import("../vendor/lit-html/lit-html.js").TemplateResult} Template */
