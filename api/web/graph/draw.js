/**
 * Drawing onto a 2D context: functions of scene, view and theme, nothing else.
 *
 * Costs were measured without a GPU: a hairline costs by its length, a wide line about 1.2 times its width more, and a
 * wide line is fastest stroked alone while hairlines are fastest in one path. So weak edges are hairlines in one path per
 * pen, and while something moves only as many edges are drawn as a budget of pixels allows, strongest first.
 */

import { drawMark } from "./marks.js";
import { LEVELS, screenRadius } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").SceneNode} SceneNode */
/** @typedef {import("./scene.js").SceneEdge} SceneEdge */
/** @typedef {import("./scene.js").Pen} Pen */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Theme} Theme */
/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context */

/**
 * How far the drawing of edges has come: pens are worked off from the last (strongest) to the first.
 * @typedef {{pen: number, edge: number, done: boolean}} Progress
 */

const CLUTTER = 900; // edges in sight from which on they fade [edges]
const ARROWS = 700; // edges in sight up to which arrows and dashes are drawn

/** A progress at its beginning. @param {Scene} scene @returns {Progress} */
export function start(scene) {
  return { pen: scene.pens.length - 1, edge: 0, done: scene.pens.length === 0 };
}

/** Set to draw in CSS px. @param {Context} ctx @param {number} ratio  Device px per CSS px. */
export function scaled(ctx, ratio) {
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
}

/** How many edges one would see if they lay evenly over a graph that fills the picture at zoom `fit`. @param {Scene} scene @param {View} view @param {number} fit */
export function inSight(scene, view, fit) {
  return scene.edges.length * Math.min(1, Math.pow(fit / view.k, 2));
}

/** Opacity of a pen: by strength, less where many edges share the picture. @param {Pen} pen @param {number} seen @param {boolean} dark */
export function opacity(pen, seen, dark) {
  if (pen.change) return 0.9;
  const crowd = Math.min(1, Math.max(0.22, Math.sqrt(CLUTTER / Math.max(1, seen))));
  const strength = pen.level / (LEVELS - 1);
  const weakest = (dark ? 0.42 : 0.46) * crowd;
  return (weakest + (0.88 - weakest) * strength) * (pen.dash ? 0.5 + 0.4 * crowd : 1);
}

/** @param {Pen} pen @param {Theme} theme */
export function penColor(pen, theme) {
  if (pen.change === "new" || pen.change === "stronger") return theme.added;
  if (pen.change) return theme.gone;
  return pen.color ?? theme.edge;
}

/** Width of an edge on the screen [CSS px]. @param {SceneEdge} e @param {number} k */
export function edgeWidth(e, k) {
  return Math.max(1, e.edge.width * Math.min(1.8, Math.max(0.55, Math.sqrt(k))));
}

/**
 * Edges from `progress` on, as many as the budget allows, and moves `progress`.
 * @param {Context} ctx @param {Scene} scene @param {View} view @param {Theme} theme
 * @param {{progress: Progress, budget: number, seen: number, dim: number, ratio: number, without: ReadonlySet<SceneEdge>}} how
 *   budget: device px of line; seen: see inSight; dim: factor on opacity; without: those that fade, see drawPartial.
 */
export function drawEdges(ctx, scene, view, theme, how) {
  const { progress } = how;
  /** @type {[Pen, number, number][]} */
  const parts = [];
  let left = how.budget;
  while (!progress.done && left > 0) {
    const pen = /** @type {Pen} */ (scene.pens[progress.pen]);
    const [until, cost] = afford(pen, progress.edge, view, left / how.ratio);
    parts.unshift([pen, progress.edge, until]);
    left -= cost * how.ratio;
    progress.edge = until;
    if (until >= pen.edges.length) [progress.pen, progress.edge] = [progress.pen - 1, 0];
    progress.done = progress.pen < 0;
  }
  ctx.lineCap = "butt";
  for (const [pen, from, until] of parts) {
    const some = pen.edges.slice(from, until);
    drawPen(ctx, how.without.size ? some.filter((e) => !how.without.has(e)) : some, pen, view, theme, how);
  }
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
}

/** Where the money is spent: index after the last edge that can be paid, and what was paid. @param {Pen} pen @param {number} from @param {View} view @param {number} money @returns {[number, number]} */
function afford(pen, from, view, money) {
  let paid = 0, i = from;
  for (; i < pen.edges.length && paid < money; i++) {
    const e = /** @type {SceneEdge} */ (pen.edges[i]);
    if (!visible(e.a, e.b, view)) continue;
    const long = Math.min(Math.hypot(e.a.x - e.b.x, e.a.y - e.b.y) * view.k, view.width + view.height);
    paid += (30 + long) * (pen.thick ? 1.2 * edgeWidth(e, view.k) : 1);
  }
  return [i, paid];
}

/** @param {Context} ctx @param {SceneEdge[]} edges @param {Pen} pen @param {View} view @param {Theme} theme @param {{seen: number, dim: number, ratio: number}} how */
function drawPen(ctx, edges, pen, view, theme, how) {
  ctx.globalAlpha = opacity(pen, how.seen, theme.dark) * how.dim;
  ctx.strokeStyle = ctx.fillStyle = penColor(pen, theme);
  const detailed = how.seen < ARROWS;
  ctx.setLineDash(pen.change === "gone" ? [2, 4] : pen.dash && detailed ? [5, 4] : []);
  const arrows = detailed && view.k > 0.35;
  ctx.lineWidth = how.seen < ARROWS ? 1 : 1 / how.ratio;
  ctx.beginPath();
  for (const e of edges) {
    if (!visible(e.a, e.b, view)) continue;
    if (pen.thick) {
      ctx.lineWidth = edgeWidth(e, view.k);
      ctx.beginPath();
    }
    line(ctx, e, view);
    if (pen.thick) ctx.stroke();
    if (arrows && e.edge.directed) arrow(ctx, e, view);
  }
  if (!pen.thick) ctx.stroke();
  if (pen.change && detailed) for (const e of edges) if (visible(e.a, e.b, view)) drawMark(ctx, e, view, theme, penColor(pen, theme));
}

/** Could any of the line between them be in the picture? @param {SceneNode} a @param {SceneNode} b @param {View} view */
export function visible(a, b, view) {
  const w = view.width / 2 / view.k, h = view.height / 2 / view.k;
  return !(
    (a.x < view.x - w && b.x < view.x - w) || (a.x > view.x + w && b.x > view.x + w) ||
    (a.y < view.y - h && b.y < view.y - h) || (a.y > view.y + h && b.y > view.y + h)
  );
}

/** Ends of an edge on the screen, moved sideways where a pair has several. @param {SceneEdge} e @param {View} view @returns {[number, number, number, number]} */
export function ends(e, view) {
  const ax = (e.a.x - view.x) * view.k + view.width / 2, ay = (e.a.y - view.y) * view.k + view.height / 2;
  const bx = (e.b.x - view.x) * view.k + view.width / 2, by = (e.b.y - view.y) * view.k + view.height / 2;
  if (e.shift === 0) return [ax, ay, bx, by];
  const long = Math.hypot(bx - ax, by - ay) || 1;
  const dx = (-(by - ay) / long) * e.shift, dy = ((bx - ax) / long) * e.shift;
  return [ax + dx, ay + dy, bx + dx, by + dy];
}

/** @param {Context} ctx @param {SceneEdge} e @param {View} view */
function line(ctx, e, view) {
  const [ax, ay, bx, by] = ends(e, view);
  ctx.moveTo(ax, ay);
  ctx.lineTo(bx, by);
}

/** Corners of the arrow at b, at the rim of the node; null where there is no room. @param {SceneEdge} e @param {View} view @returns {[number, number][] | null} */
export function arrowHead(e, view) {
  const [ax, ay, bx, by] = ends(e, view);
  const long = Math.hypot(bx - ax, by - ay), rim = screenRadius(e.b.node.radius, view.k) + 2.5;
  const size = Math.min(9, 4.5 + edgeWidth(e, view.k));
  if (long < rim + screenRadius(e.a.node.radius, view.k) + 2 * size) return null;
  const ux = (bx - ax) / long, uy = (by - ay) / long;
  const tx = bx - ux * rim, ty = by - uy * rim, cx = tx - ux * size, cy = ty - uy * size, half = size * 0.42;
  return [[tx, ty], [cx - uy * half, cy + ux * half], [cx + uy * half, cy - ux * half]];
}

/** Filled by itself: triangles in the path of the lines would be stroked. @param {Context} ctx @param {SceneEdge} e @param {View} view */
function arrow(ctx, e, view) {
  const head = arrowHead(e, view);
  if (!head) return;
  const path = new Path2D();
  for (const [x, y] of head) path.lineTo(x, y);
  path.closePath();
  ctx.fill(path);
}

/** Edges of chosen nodes above the others. @param {Context} ctx @param {Iterable<SceneEdge>} edges @param {View} view @param {Theme} theme @param {number} ratio */
export function drawLit(ctx, edges, view, theme, ratio) {
  for (const [pen, some] of grouped(edges, penOf)) drawPen(ctx, some, { ...pen, level: LEVELS - 1 }, view, theme, { seen: 0, dim: 1, ratio });
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
}

/** Edges that fade, with how much of each is there, in twenty steps. @param {Context} ctx @param {[SceneEdge, number][]} edges @param {View} view @param {Theme} theme @param {{seen: number, dim: number, ratio: number}} how */
export function drawPartial(ctx, edges, view, theme, how) {
  const shares = new Map(edges);
  for (const [step, same] of grouped(shares.keys(), (e) => Math.round((shares.get(e) ?? 0) * 20)))
    if (step > 0) for (const [pen, some] of grouped(same, penOf)) drawPen(ctx, some, pen, view, theme, { ...how, dim: (how.dim * step) / 20 });
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
}

/** @param {SceneEdge} e */
function penOf(e) {
  return e.pen;
}

/** @template Key @param {Iterable<SceneEdge>} edges @param {(edge: SceneEdge) => Key} keyOf @returns {Map<Key, SceneEdge[]>} */
function grouped(edges, keyOf) {
  /** @type {Map<Key, SceneEdge[]>} */
  const parts = new Map();
  for (const e of edges) {
    const part = parts.get(keyOf(e));
    if (part) part.push(e);
    else parts.set(keyOf(e), [e]);
  }
  return parts;
}
