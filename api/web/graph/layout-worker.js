/**
 * Lays a graph out, off the main thread. A classic worker: importScripts is what takes the vendored files as they are.
 *
 * In:  {type: "run", id, seed, and the arrays of pack() in layout.js}, {type: "cancel", id}
 * Out: {type: "positions", id, xy: Float32Array, alpha, done}
 *
 * Forces: springs along edges, repulsion (Barnes-Hut), no overlap, members of a group towards their middle, all towards
 * the centre, kept nodes towards where they were. Everything that is drawn by lot comes from the seed and the ids, and
 * nodes and edges are sorted by id first, so the same graph and seed give the same picture.
 */

/** What is posted by layout.js: a graph to lay out; state 0 is free, 1 kept, 2 pinned. @typedef {ReturnType<typeof import("./layout.js").pack> & {type: "run", id: number, seed: number}} Task */
/** @typedef {{type: "cancel", id: number}} Cancel */

/**
 * @typedef {object} LaidNode
 * @property {number} given  Its place among those given.
 * @property {string} id
 * @property {number} group  -1: none.
 * @property {number} r
 * @property {number} state
 * @property {number} x
 * @property {number} y
 * @property {number} vx
 * @property {number} vy
 * @property {number | null} fx
 * @property {number | null} fy
 * @property {number} index
 * @property {boolean} placed
 * @property {LaidNode[]} near
 *
 * @typedef {{source: LaidNode, target: LaidNode, weight: number, same: boolean}} LaidLink
 */

(() => {
  "use strict";
  importScripts(
    "../vendor/d3-dispatch/d3-dispatch.min.js",
    "../vendor/d3-timer/d3-timer.min.js",
    "../vendor/d3-quadtree/d3-quadtree.min.js",
    "../vendor/d3-force/d3-force.min.js",
  );
  const d3 = self.d3;
  const FREE = 0, KEPT = 1, PINNED = 2; // state of a node
  const SLICE = 40; // work before messages are read [ms]
  const POST = 90; // between two pictures [ms]
  const GAP = 7; // between two nodes [world units]
  let current = -1;

  /** FNV-1a over UTF-16 units. @param {string} text @param {number} seed */
  function hash(text, seed) {
    let h = (2166136261 ^ seed) >>> 0;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619) >>> 0;
    return h;
  }

  /** Mulberry32: uniform numbers in [0, 1). @param {number} state @returns {() => number} */
  function randomFrom(state) {
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  /** Two numbers in [0, 1) for one id. @param {string} id @param {number} seed @returns {[number, number]} */
  function lot(id, seed) {
    const random = randomFrom(hash(id, seed));
    return [random(), random()];
  }

  /** Nodes by id, whatever the order given. @param {Task} task @returns {LaidNode[]} */
  function nodesOf(task) {
    const names = [...new Set(task.groups)].filter((name) => name !== null).sort();
    const number = new Map(names.map((name, i) => [name, i]));
    const nodes = task.ids.map((id, i) => ({
      given: i, id, group: number.get(task.groups[i] ?? "") ?? -1, r: task.radius[i] ?? 1, state: task.state[i] ?? FREE,
      x: task.x[i] ?? 0, y: task.y[i] ?? 0, vx: 0, vy: 0, fx: null, fy: null, index: 0, placed: false, near: [],
    }));
    return nodes.sort((p, q) => (p.id < q.id ? -1 : 1));
  }

  /** Edges by the order of their ends, whatever the order and direction given. @param {Task} task @param {LaidNode[]} nodes @returns {LaidLink[]} */
  function linksOf(task, nodes) {
    const place = new Int32Array(nodes.length);
    for (const [i, n] of nodes.entries()) place[n.given] = i;
    const ends = Array.from(task.a, (from, i) => {
      const a = place[from] ?? 0, b = place[task.b[i] ?? 0] ?? 0;
      return { a: Math.min(a, b), b: Math.max(a, b), weight: task.weight[i] ?? 0 };
    });
    ends.sort((p, q) => p.a - q.a || p.b - q.b || p.weight - q.weight);
    return ends.map(({ a, b, weight }) => link(/** @type {LaidNode} */ (nodes[a]), /** @type {LaidNode} */ (nodes[b]), weight));
  }

  /** @param {LaidNode} source @param {LaidNode} target @param {number} weight @returns {LaidLink} */
  function link(source, target, weight) {
    source.near.push(target);
    target.near.push(source);
    return { source, target, weight, same: source.group >= 0 && source.group === target.group };
  }

  /** Middles of groups on a sunflower, largest group in the middle; ties by number. @param {LaidNode[]} nodes @returns {Map<number, [number, number, number]>} x, y and spread */
  function groupSeats(nodes) {
    /** @type {Map<number, number>} */
    const size = new Map();
    for (const n of nodes) size.set(n.group, (size.get(n.group) ?? 0) + 1);
    const order = [...size].sort(([p, small], [q, large]) => large - small || p - q);
    /** @type {Map<number, [number, number, number]>} */
    const seats = new Map();
    let filled = 0;
    for (const [i, [g, members]] of order.entries()) {
      const radius = 26 * Math.sqrt(filled), angle = i * 2.399963229728653;
      seats.set(g, [radius * Math.cos(angle) * 1.25, radius * Math.sin(angle), 18 * Math.sqrt(members)]);
      filled += members;
    }
    return seats;
  }

  /** Nobody has a place yet: everybody near the seat of the own group. @param {LaidNode[]} nodes @param {number} seed */
  function seatAll(nodes, seed) {
    const seats = groupSeats(nodes);
    for (const n of nodes) {
      const [u, v] = lot(n.id, seed), [x, y, spread] = seats.get(n.group) ?? [0, 0, 0];
      const radius = spread * Math.sqrt(u), angle = 2 * Math.PI * v;
      [n.x, n.y] = [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    }
  }

  /** New nodes start beside the neighbours that have a place, those next to kept ones first. @param {LaidNode[]} nodes @param {number} seed */
  function seatNew(nodes, seed) {
    let waiting = nodes.filter((n) => n.state === FREE);
    for (const n of nodes) n.placed = n.state !== FREE;
    while (waiting.length) {
      const ready = waiting.filter((n) => n.near.some((m) => m.placed));
      for (const n of ready.length ? ready : waiting) seatBeside(n, seed, nodes);
      for (const n of ready.length ? ready : waiting) n.placed = true;
      waiting = waiting.filter((n) => !n.placed);
    }
  }

  /** @param {LaidNode} n @param {number} seed @param {LaidNode[]} nodes */
  function seatBeside(n, seed, nodes) {
    const near = n.near.filter((m) => m.placed), [only] = near;
    const [u, v] = lot(n.id, seed), angle = 2 * Math.PI * v;
    const [x, y] = near.length ? mean(near) : mean(nodes.filter((m) => m.placed));
    const radius = only && near.length === 1 ? only.r + n.r + 25 + 20 * u : 12 + 20 * u;
    [n.x, n.y] = [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  }

  /** @param {LaidNode[]} nodes @returns {[number, number]} */
  function mean(nodes) {
    let x = 0, y = 0;
    for (const n of nodes) [x, y] = [x + n.x, y + n.y];
    return [x / nodes.length, y / nodes.length];
  }

  /** Members of a group towards their middle. @param {LaidNode[]} nodes @param {number} strength @returns {(alpha: number) => void} */
  function gather(nodes, strength) {
    /** @type {Map<number, LaidNode[]>} */
    const groups = new Map();
    for (const n of nodes) {
      const members = groups.get(n.group);
      if (members) members.push(n);
      else groups.set(n.group, [n]);
    }
    groups.delete(-1); // those in no group
    const several = [...groups.values()].filter((members) => members.length > 2);
    return (alpha) => {
      for (const members of several) {
        const [x, y] = mean(members);
        for (const n of members) {
          n.vx += (x - n.x) * strength * alpha;
          n.vy += (y - n.y) * strength * alpha;
        }
      }
    };
  }

  /** @param {LaidNode[]} nodes @param {LaidLink[]} links @param {number} seed */
  function simulation(nodes, links, seed) {
    const moved = nodes.some((n) => n.state !== FREE);
    const degree = (/** @type {LaidNode} */ n) => Math.max(1, n.near.length);
    const pull = (/** @type {LaidLink} */ l) => (l.same ? 1 : 0.22) * (0.35 + 0.65 * l.weight) / Math.min(degree(l.source), degree(l.target));
    const long = (/** @type {LaidLink} */ l) => l.source.r + l.target.r + (l.same ? 22 : 55) + 30 * (1 - l.weight);
    const dense = nodes.length > 300 ? 1 : 1.6;
    const s = d3.forceSimulation(nodes).stop().randomSource(randomFrom(hash("layout", seed)))
      .force("edges", d3.forceLink(links).distance(long).strength(pull))
      .force("apart", d3.forceManyBody().strength((n) => -dense * (38 + 5 * n.r)).theta(nodes.length > 2000 ? 1.1 : 0.9).distanceMax(900))
      .force("overlap", d3.forceCollide((n) => n.r + GAP).strength(0.8))
      .force("groups", gather(nodes, nodes.length > 300 ? 0.35 : 0.2))
      .force("x", d3.forceX(0).strength((n) => (n.near.length ? 0.03 : 0.12)))
      .force("y", d3.forceY(0).strength((n) => (n.near.length ? 0.06 : 0.16))) // pictures are wider than high; the unconnected stay near
      .velocityDecay(0.42)
      .alphaMin(0.004)
      .alphaDecay(1 - Math.pow(0.004, 1 / (nodes.length > 2000 ? 160 : 300)));
    return moved ? held(s, nodes) : s;
  }

  /** Kept nodes move little, pinned ones not at all. @param {D3Simulation<LaidNode>} s @param {LaidNode[]} nodes */
  function held(s, nodes) {
    const home = nodes.map((n) => ({ x: n.x, y: n.y }));
    const stiff = (/** @type {LaidNode} */ n) => (n.state === KEPT ? 0.6 : 0);
    for (const n of nodes) if (n.state === PINNED) [n.fx, n.fy] = [n.x, n.y];
    s.force("x", d3.forceX(0).strength((n) => (n.state === FREE ? 0.02 : 0)));
    s.force("y", d3.forceY(0).strength((n) => (n.state === FREE ? 0.03 : 0)));
    s.force("home x", d3.forceX((n) => home[n.index]?.x ?? 0).strength(stiff));
    s.force("home y", d3.forceY((n) => home[n.index]?.y ?? 0).strength(stiff));
    return s.alpha(0.3);
  }

  /** @param {Task} task */
  function run(task) {
    const nodes = nodesOf(task);
    const links = linksOf(task, nodes);
    if (nodes.every((n) => n.state === FREE)) seatAll(nodes, task.seed);
    else seatNew(nodes, task.seed);
    const s = simulation(nodes, links, task.seed);
    current = task.id;
    let posted = performance.now();
    const step = () => {
      if (current !== task.id) return; // cancelled, or another task came
      const begin = performance.now();
      let done = nodes.length === 0;
      while (!done && performance.now() - begin < SLICE) done = s.tick().alpha() < s.alphaMin();
      if (done || performance.now() - posted > POST) {
        posted = performance.now();
        post(task.id, nodes, s.alpha(), done);
      }
      if (!done) setTimeout(step, 0);
    };
    step();
  }

  /** @param {number} id @param {LaidNode[]} nodes @param {number} alpha @param {boolean} done */
  function post(id, nodes, alpha, done) {
    const xy = new Float32Array(2 * nodes.length);
    for (const n of nodes) [xy[2 * n.given], xy[2 * n.given + 1]] = [n.x, n.y];
    self.postMessage({ type: "positions", id, xy, alpha, done }, [xy.buffer]);
  }

  self.onmessage = (/** @type {MessageEvent<Task | Cancel>} */ { data }) => {
    if (data.type === "run") run(data);
    else if (data.id === current) current = -1;
  };
})();
