/**
 * Pans for some seconds, a step per frame, and counts frames: with the map itself, or with a loop that does nothing but
 * draw the same lines and discs on a bare canvas. The page is the tests' (tests/web/static_site.py).
 */
([who, seconds]) => {
  const map = document.getElementById("map");
  const width = map.clientWidth, height = map.clientHeight;

  /** One frame further: left and right by 200 px. */
  const step = (frame) => Math.round(8 * Math.cos(frame / 25));

  function bare() {
    const canvas = document.createElement("canvas");
    canvas.id = "bare";
    canvas.width = width;
    canvas.height = height;
    document.body.replaceChildren(canvas);
    const ctx = canvas.getContext("2d");
    const { nodes, edges } = window.graph;
    const at = new Map(nodes.map((n) => [n.id, window.spots[n.id]]));
    let shift = 0;
    return (dx) => {
      shift += dx;
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.clearRect(0, 0, width, height);
      ctx.setTransform(1, 0, 0, 1, shift, 0);
      for (const e of edges) {
        const [ax, ay] = at.get(e.a), [bx, by] = at.get(e.b);
        ctx.strokeStyle = e.color;
        ctx.globalAlpha = 0.4;
        ctx.lineWidth = Math.max(1, e.width * window.scale);
        ctx.beginPath();
        ctx.moveTo(ax, ay);
        ctx.lineTo(bx, by);
        ctx.stroke();
      }
      ctx.globalAlpha = 1;
      for (const n of nodes) {
        const [x, y] = at.get(n.id);
        ctx.fillStyle = n.color;
        ctx.beginPath();
        ctx.arc(x, y, Math.max(2, n.radius * window.scale), 0, 7);
        ctx.fill();
      }
    };
  }

  const move = who === "map" ? (dx) => map.panBy(dx, 0) : bare();
  return new Promise((done) => {
    let frames = 0, begin = 0;
    const tick = (now) => {
      if (!begin) begin = now;
      if (now - begin > 1000 * seconds) return done((1000 * (frames - 1)) / (now - begin));
      move(step(frames++));
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
}
