/** Arrays of numbers with a shape: channels first, then space, never a batch; the last axis runs fastest. */

/** @typedef {Float32Array<ArrayBufferLike> | Float64Array<ArrayBufferLike>} Numbers */
/** @typedef {{shape: number[], data: Numbers}} Tensor */
/** @typedef {readonly number[]} Shape */

/** How many cells a shape has. @param {Shape} shape */
export const count = (shape) => shape.reduce((cells, size) => cells * size, 1);

/** @param {Shape} shape @param {Numbers} data */
export const tensor = (shape, data) => ({ shape: [...shape], data });

/** Zeros in a network's precision. @param {Shape} shape */
export const zeros = (shape, dtype = "float64") =>
  tensor(shape, new (dtype === "float32" ? Float32Array : Float64Array)(count(shape)));

/** A copy of the numbers in float64. @param {Shape} shape @param {ArrayLike<number>} numbers */
export const wide = (shape, numbers) => ({ shape: [...shape], data: new Float64Array(numbers) });

/** Where a cell stands in the data. @param {Shape} shape @param {Shape} place */
export function offset(shape, place) {
  let at = 0;
  for (let axis = 0; axis < shape.length; axis++) at = at * shape[axis] + place[axis];
  return at;
}

/** The cell that stands at an offset. @param {Shape} shape @param {number} at */
export function placeOf(shape, at) {
  const place = [...shape];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place[axis] = at % shape[axis];
    at = Math.floor(at / shape[axis]);
  }
  return place;
}

/** The number at a cell. @param {Tensor} array @param {Shape} place */
export const at = (array, place) => array.data[offset(array.shape, place)];

/** @param {Numbers} data @param {(x: number) => number} term */
export function total(data, term) {
  let sum = 0;
  for (const x of data) sum += term(x);
  return sum;
}

/** Every combination of one entry from each list, the last list running fastest.
 *  @template T @param {readonly (readonly T[])[]} lists */
export const product = (lists) =>
  lists.reduce((all, list) => all.flatMap((one) => list.map((entry) => [...one, entry])), /** @type {T[][]} */ ([[]]));

/** The numbers from 0 to below n. @param {number} n */
export const range = (n) => Array.from({ length: n }, (_, i) => i);

/** A shape as it is written: 1x28x28. @param {Shape} shape */
export const shapeText = (shape) => shape.join("x");
