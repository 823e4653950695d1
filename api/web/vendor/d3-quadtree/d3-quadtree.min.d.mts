/** Types of the part of d3-quadtree that graph/hit.js uses; written here, not upstream. */
export interface Leaf<T> { data: T; next?: Leaf<T>; length?: undefined }
export type Quad<T> = Leaf<T> | ({ length: 4 } & (Quad<T> | undefined)[]);
export interface Quadtree<T> {
  addAll(data: T[]): this;
  find(x: number, y: number, radius?: number): T | undefined;
  visit(callback: (node: Quad<T>, x0: number, y0: number, x1: number, y1: number) => boolean | void): this;
}
export function quadtree<T>(data: T[], x: (d: T) => number, y: (d: T) => number): Quadtree<T>;
