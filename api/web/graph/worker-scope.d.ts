// What importScripts brings into the layout worker: the parts of d3-force it uses, as its documentation says.

interface D3Force<Node> {
  (alpha: number): void;
  initialize?(nodes: Node[], random: () => number): void;
}

type D3Of<Item> = number | ((item: Item, index: number, items: Item[]) => number);

interface D3Simulation<Node> {
  stop(): this;
  tick(): this;
  alpha(): number;
  alpha(alpha: number): this;
  alphaMin(): number;
  alphaMin(least: number): this;
  alphaDecay(decay: number): this;
  velocityDecay(decay: number): this;
  randomSource(random: () => number): this;
  force(name: string, force: D3Force<Node>): this;
}

interface D3Place<Node> extends D3Force<Node> {
  strength(strength: D3Of<Node>): this;
}

interface D3Links<Node, Link> extends D3Force<Node> {
  distance(distance: D3Of<Link>): this;
  strength(strength: D3Of<Link>): this;
}

interface D3Charge<Node> extends D3Place<Node> {
  theta(theta: number): this;
  distanceMax(distance: number): this;
}

interface WorkerGlobalScope {
  d3: {
    forceSimulation<Node>(nodes: Node[]): D3Simulation<Node>;
    forceLink<Link extends { source: unknown }>(links: Link[]): D3Links<Link["source"], Link>;
    forceManyBody<Node extends LaidNode>(): D3Charge<Node>;
    forceCollide<Node extends LaidNode>(radius: D3Of<Node>): D3Place<Node>;
    forceX<Node extends LaidNode>(x: D3Of<Node>): D3Place<Node>;
    forceY<Node extends LaidNode>(y: D3Of<Node>): D3Place<Node>;
  };
}
