/* eslint-env worker */
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

  /** FNV-1a over UTF-16 units. */
  function hash(text, seed) {
    let h = (2166136261 ^ seed) >>> 0;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619) >>> 0;
    return h;
  }

  /** Mulberry32: uniform numbers in [0, 1). */
  function randomFrom(state) {
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  /** Two numbers in [0, 1) for one id. */
  function lot(id, seed) {
    const random = randomFrom(hash(id, seed));
    return [random(), random()];
  }

  /** Nodes by id, whatever the order given; `given` is the place they came in. */
  function nodesOf(task) {
    const names = [...new Set(task.groups)].filter((name) => name !== null).sort();
    const number = new Map(names.map((name, i) => [name, i]));
    const nodes = task.ids.map((id, i) => ({
      given: i, id, group: number.get(task.groups[i]) ?? -1, r: task.radius[i], state: task.state[i],
      x: task.x[i], y: task.y[i], near: [],
    }));
    return nodes.sort((p, q) => (p.id < q.id ? -1 : 1));
  }

  /** Edges by the order of their ends, whatever the order and direction given. */
  function linksOf(task, nodes) {
    const place = new Int32Array(nodes.length);
    for (const [i, n] of nodes.entries()) place[n.given] = i;
    const ends = Array.from(task.a, (_, i) => {
      const a = place[task.a[i]], b = place[task.b[i]];
      return { a: Math.min(a, b), b: Math.max(a, b), weight: task.weight[i] };
    });
    ends.sort((p, q) => p.a - q.a || p.b - q.b || p.weight - q.weight);
    return ends.map(({ a, b, weight }) => link(nodes[a], nodes[b], weight));
  }

  function link(source, target, weight) {
    source.near.push(target);
    target.near.push(source);
    return { source, target, weight, same: source.group >= 0 && source.group === target.group };
  }

  /** Middles of groups on a sunflower, largest group in the middle; ties by number. */
  function groupSeats(nodes) {
    const size = new Map();
    for (const n of nodes) size.set(n.group, (size.get(n.group) ?? 0) + 1);
    const order = [...size.keys()].sort((p, q) => size.get(q) - size.get(p) || p - q);
    const seats = new Map();
    let filled = 0;
    for (const g of order) {
      const radius = 26 * Math.sqrt(filled), angle = order.indexOf(g) * 2.399963229728653;
      seats.set(g, [radius * Math.cos(angle) * 1.25, radius * Math.sin(angle), 18 * Math.sqrt(size.get(g))]);
      filled += size.get(g);
    }
    return seats;
  }

  /** Nobody has a place yet: everybody near the seat of the own group. */
  function seatAll(nodes, seed) {
    const seats = groupSeats(nodes);
    for (const n of nodes) {
      const [u, v] = lot(n.id, seed), [x, y, spread] = seats.get(n.group);
      const radius = spread * Math.sqrt(u), angle = 2 * Math.PI * v;
      [n.x, n.y] = [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    }
  }

  /** New nodes start beside the neighbours that have a place, those next to kept ones first. */
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

  function seatBeside(n, seed, nodes) {
    const near = n.near.filter((m) => m.placed);
    const [u, v] = lot(n.id, seed), angle = 2 * Math.PI * v;
    const [x, y] = near.length ? mean(near) : mean(nodes.filter((m) => m.placed));
    const radius = near.length === 1 ? near[0].r + n.r + 25 + 20 * u : 12 + 20 * u;
    [n.x, n.y] = [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  }

  function mean(nodes) {
    let x = 0, y = 0;
    for (const n of nodes) [x, y] = [x + n.x, y + n.y];
    return [x / nodes.length, y / nodes.length];
  }

  /** Members of a group towards their middle. */
  function gather(nodes, strength) {
    const groups = new Map();
    for (const n of nodes) {
      if (!groups.has(n.group)) groups.set(n.group, []);
      groups.get(n.group).push(n);
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

  function simulation(nodes, links, seed) {
    const moved = nodes.some((n) => n.state !== FREE);
    const degree = (n) => Math.max(1, n.near.length);
    const pull = (l) => (l.same ? 1 : 0.22) * (0.35 + 0.65 * l.weight) / Math.min(degree(l.source), degree(l.target));
    const long = (l) => l.source.r + l.target.r + (l.same ? 22 : 55) + 30 * (1 - l.weight);
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

  /** Kept nodes move little, pinned ones not at all. */
  function held(s, nodes) {
    const home = nodes.map((n) => [n.x, n.y]);
    const stiff = (n) => (n.state === KEPT ? 0.6 : 0);
    for (const n of nodes) if (n.state === PINNED) [n.fx, n.fy] = [n.x, n.y];
    s.force("x").strength((n) => (n.state === FREE ? 0.02 : 0));
    s.force("y").strength((n) => (n.state === FREE ? 0.03 : 0));
    s.force("home x", d3.forceX((n) => home[n.index][0]).strength(stiff));
    s.force("home y", d3.forceY((n) => home[n.index][1]).strength(stiff));
    return s.alpha(0.3);
  }

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

  function post(id, nodes, alpha, done) {
    const xy = new Float32Array(2 * nodes.length);
    for (const n of nodes) [xy[2 * n.given], xy[2 * n.given + 1]] = [n.x, n.y];
    self.postMessage({ type: "positions", id, xy, alpha, done }, [xy.buffer]);
  }

  self.onmessage = (event) => {
    if (event.data.type === "run") run(event.data);
    else if (event.data.id === current) current = -1;
  };
})();
