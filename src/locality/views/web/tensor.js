/** Arrays of numbers with a shape: channels first, then space, never a batch; the last axis runs fastest. */

/** @typedef {Float32Array<ArrayBufferLike> | Float64Array<ArrayBufferLike>} Numbers */
/** @typedef {{shape: number[], data: Numbers}} Tensor */

/** How many cells a shape has. @param {readonly number[]} shape */
export function count(shape) {
  let cells = 1;
  for (const size of shape) cells *= size;
  return cells;
}

/** A tensor around data that is there already.
 *  @param {readonly number[]} shape @param {Numbers} data @returns {Tensor} */
export function tensor(shape, data) {
  if (data.length !== count(shape)) throw new RangeError(`${data.length} numbers do not fill ${shape.join("x")}.`);
  return { shape: [...shape], data };
}

/** A tensor of zeros, in the network's precision. @param {readonly number[]} shape @returns {Tensor} */
export function zeros(shape, dtype = "float64") {
  const cells = count(shape);
  return { shape: [...shape], data: dtype === "float32" ? new Float32Array(cells) : new Float64Array(cells) };
}

/** A tensor of the same numbers in float64.
 *  @param {readonly number[]} shape @param {ArrayLike<number>} numbers
 *  @returns {{shape: number[], data: Float64Array}} */
export function wide(shape, numbers) {
  return { shape: [...shape], data: Float64Array.from(numbers) };
}

/** Where a cell stands in the data. @param {readonly number[]} shape @param {readonly number[]} place */
export function offset(shape, place) {
  let at = 0;
  for (let axis = 0; axis < shape.length; axis++) at = at * shape[axis] + place[axis];
  return at;
}

/** The cell that stands at an offset. @param {readonly number[]} shape @param {number} at */
export function placeOf(shape, at) {
  const place = new Array(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place[axis] = at % shape[axis];
    at = Math.floor(at / shape[axis]);
  }
  return place;
}

/** The number at a cell. @param {Tensor} array @param {readonly number[]} place */
export function at(array, place) {
  return array.data[offset(array.shape, place)];
}

/** Every combination of one entry from each list, the last list running fastest.
 *  @template T @param {readonly (readonly T[])[]} lists @returns {T[][]} */
export function product(lists) {
  /** @type {T[][]} */
  let all = [[]];
  for (const list of lists) all = all.flatMap((one) => list.map((entry) => [...one, entry]));
  return all;
}

/** The numbers from 0 to below n. @param {number} n */
export function range(n) {
  return Array.from({ length: n }, (_, i) => i);
}

/** A shape as it is written: 1x28x28. @param {readonly number[]} shape */
export function shapeText(shape) {
  return shape.join("x");
}
