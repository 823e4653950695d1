// The ways a map to somebody is made of: which links are steps of them, and in which direction.

/** A step of some ways, which are numbered from the best. @typedef {{from: string, to: string, ways: number[]}} Step */

/** @param {string[][] | undefined} paths people from the first to the last, best way first @returns {Map<string, Step>} by the pair, see `pairOf` */
export function stepsOf(paths) {
  /** @type {Map<string, Step>} */
  const steps = new Map();
  for (const [i, path] of (paths ?? []).entries())
    for (const [j, to] of path.entries()) {
      const from = path[j - 1];
      if (from === undefined) continue;
      const known = steps.get(pairOf(from, to));
      if (known) known.ways.push(i + 1);
      else steps.set(pairOf(from, to), { from, to, ways: [i + 1] });
    }
  return steps;
}

/** Two ids in any order. @param {string} a @param {string} b */
export function pairOf(a, b) {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
