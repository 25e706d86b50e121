// The few numbers that fit many observations best; where several fit alike, the smallest ones, as LAPACK has it.

/**
 * The x with the least |A x - b| over the chosen rows, for a few columns of about the same size.
 * @param {Float64Array[]} columns   of A @param {ArrayLike<number>} wanted   b
 * @param {ArrayLike<unknown>} chosen   which rows count: those with something true @returns {number[]}
 */
export function leastSquares(columns, wanted, chosen) {
  const n = columns.length;
  // The normal equations G x = r. They square what separates the columns, which here is far from the last digit.
  const right = columns.map((column) => product(column, wanted, chosen));
  const gram = columns.map(() => new Array(n).fill(0));
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) gram[i][j] = gram[j][i] = product(columns[i], columns[j], chosen);
  // One-sided Jacobi: turn pairs of columns until all stand at right angles. Then G V = U S, and x = V S^-1 U^T r.
  const turned = gram.map((_, i) => gram.map((_, j) => Number(i === j)));
  for (let sweep = 0, moved = true; moved && sweep < 40; sweep++) {
    moved = false;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) moved = turn(gram, turned, p, q) || moved;
  }
  const sizes = gram.map((_, j) => Math.hypot(...gram.map((row) => row[j])));
  const least = Math.max(...sizes) * 1e-12; // smaller is the rounding of a zero
  const x = new Array(n).fill(0);
  for (let j = 0; j < n; j++) {
    if (sizes[j] <= least) continue;
    const part = gram.reduce((sum, row, i) => sum + row[j] * right[i], 0) / sizes[j] ** 2;
    for (let i = 0; i < n; i++) x[i] += turned[i][j] * part;
  }
  return x;
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b @param {ArrayLike<unknown>} chosen */
function product(a, b, chosen) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) if (chosen[i]) sum += a[i] * b[i];
  return sum;
}

/** Turn two columns to right angles; whether that was needed.
 *  @param {number[][]} a @param {number[][]} v @param {number} p @param {number} q */
function turn(a, v, p, q) {
  let [pp, qq, pq] = [0, 0, 0];
  for (const row of a) {
    pp += row[p] * row[p];
    qq += row[q] * row[q];
    pq += row[p] * row[q];
  }
  if (Math.abs(pq) <= 1e-15 * Math.sqrt(pp * qq)) return false;
  const tilt = (qq - pp) / (2 * pq);
  const tan = (tilt < 0 ? -1 : 1) / (Math.abs(tilt) + Math.hypot(1, tilt));
  const cos = 1 / Math.hypot(1, tan);
  const sin = cos * tan;
  for (const row of [...a, ...v]) [row[p], row[q]] = [cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]];
  return true;
}

/** The middle one of some values, or the mean of the two in the middle. @param {Float64Array} values */
export function median(values) {
  const some = values.slice();
  const half = some.length >> 1;
  const upper = select(some, half);
  if (some.length % 2) return upper;
  return (some.subarray(0, half).reduce((a, b) => Math.max(a, b), -Infinity) + upper) / 2;
}

/** The value that would stand at place k if they were sorted; no larger one stays before it.
 *  @param {Float64Array} values   put in another order @param {number} k */
function select(values, k) {
  for (let low = 0, high = values.length - 1; low < high;) {
    const pivot = values[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      [values[i], values[j]] = [values[j], values[i]];
      i++;
      j--;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k];
}
