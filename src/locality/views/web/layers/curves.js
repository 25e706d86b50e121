/** The formula of every activation that acts on one number at a time. Python's twin is network/curves.py. */

/** Horner's scheme for erf, from the last term to the first: 2/(2n + 1). */
const SERIES = Float64Array.from({ length: 60 }, (_, i) => 2 / (121 - 2 * i));

/** The error function: 2x/sqrt(pi) exp(-x^2) sum (2x^2)^n/(2n + 1)!!, whose terms are all positive; beyond 3 what is
 *  missing to 1, as a continued fraction. @param {number} x */
export function erf(x) {
  const far = Math.abs(x);
  const square = x * x;
  if (!(far < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  if (far < 3) {
    let sum = 1;
    for (let i = far < 1 ? 40 : far < 2 ? 20 : 0; i < 60; i++) sum = 1 + sum * square * SERIES[i];
    return ((2 * x) / Math.sqrt(Math.PI)) * Math.exp(-square) * sum;
  }
  let below = 0;
  for (let n = 40; n > 0; n--) below = n / 2 / (far + below);
  return Math.sign(x) * (1 - Math.exp(-square) / Math.sqrt(Math.PI) / (far + below));
}

/** log(1 + exp(x)), without overflow. @param {number} x */
const logOnePlusExp = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** @param {number} x */
const sigmoid = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

const [SCALE, ALPHA] = [1.0507009873554805, 1.6732632423543772]; // SELU: Klambauer et al., arXiv:1706.02515

/** @type {Record<string, (x: number, slope: number) => number>} */
export const CURVES = {
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  leaky_relu: (x, slope) => (x >= 0 ? x : slope * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => SCALE * (x > 0 ? x : ALPHA * Math.expm1(x)),
  gelu: (x) => x / 2 + (x / 2) * erf(x / Math.SQRT2),
  silu: (x) => x * sigmoid(x),
  mish: (x) => x * Math.tanh(logOnePlusExp(x)),
  softplus: (x) => (x > 20 ? x : logOnePlusExp(x)), // from 20 on a straight line, as in torch
  hardswish: (x) => (x > -3 && x < 3 ? (x * x) / 6 + x / 2 : x * Number(x >= 3)),
  "log-cosh": (x) => Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x))) - Math.LN2,
  "complex-relu": (x) => Math.max(x, 0), // the page's numbers are real
  sigmoid,
  logsigmoid: (x) => -logOnePlusExp(-x),
  hardsigmoid: (x) => (x > -3 && x < 3 ? x / 6 + 0.5 : Number(x >= 3)),
  tanh: Math.tanh,
  hardtanh: (x) => Math.min(Math.max(x, -1), 1),
  "scaled-tanh": (x) => 1.7159 * Math.tanh((2 * x) / 3),
  softsign: (x) => x / (1 + Math.abs(x)),
};

/** A curve's value as a sum of two terms where they cancel, so that rounding is measured against both.
 *  @param {string} name @param {number} x @param {number} slope */
export function curveTerms(name, x, slope) {
  if (name === "gelu") return [x / 2, (x / 2) * erf(x / Math.SQRT2)];
  if (name === "log-cosh") return [Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x))), -Math.LN2];
  if (name === "hardswish" && x > -3 && x < 3) return [(x * x) / 6, x / 2];
  if (name === "hardsigmoid" && x > -3 && x < 3) return [x / 6, 0.5];
  return [CURVES[name](x, slope), 0];
}
