// Every activation as it is written: in LaTeX, in NumPy and in PyTorch. Its numbers stand in locality/layers/curves.

/**
 * `tex(x, f, slope)`: x as it is, and as a factor, in brackets where it is negative.
 * @typedef {{tex: (x: string, f: string, slope: string) => string, numpy: (slope: string) => string,
 *   torch: (slope: string) => string}} Written
 */

/** @param {string} name */
const functional = (name) => () => `F.${name}(x)`;
const cases = (/** @type {string} */ above, /** @type {string} */ below, /** @type {string} */ x) =>
  `\\begin{cases} ${above} & x > 0 \\\\ ${below} & \\text{otherwise} \\end{cases} \\quad x = ${x}`;

/** @type {Record<string, Written>} */
export const FUNCTIONS = {
  relu: { tex: (x) => `\\max\\left(0, ${x}\\right)`, numpy: () => "max(x, 0.0)", torch: functional("relu") },
  relu6: {
    tex: (x) => `\\min\\left(\\max\\left(0, ${x}\\right), 6\\right)`,
    numpy: () => "min(max(x, 0.0), 6.0)",
    torch: functional("relu6"),
  },
  leaky_relu: {
    tex: (x, _, slope) => cases("x", `${slope} \\cdot x`, x),
    numpy: (slope) => `x if x >= 0 else ${slope} * x`,
    torch: (slope) => `F.leaky_relu(x, ${slope})`,
  },
  elu: { tex: (x) => cases("x", "e^{x} - 1", x), numpy: () => "x if x > 0 else np.expm1(x)", torch: functional("elu") },
  selu: {
    tex: (x) => `1.0507009873554805 \\cdot ${cases("x", "1.6732632423543772 \\left(e^{x} - 1\\right)", x)}`,
    numpy: () => "1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * np.expm1(x))",
    torch: functional("selu"),
  },
  gelu: {
    tex: (x, f) => `\\frac{${x}}{2} \\left(1 + \\operatorname{erf}\\left(${f} / \\sqrt{2}\\right)\\right)`,
    numpy: () => "x / 2 * (1 + erf(x / np.sqrt(2)))",
    torch: functional("gelu"),
  },
  silu: {
    tex: (x, f) => `\\frac{${x}}{1 + e^{-${f}}}`,
    numpy: () => "x / (1 + np.exp(-x))",
    torch: functional("silu"),
  },
  mish: {
    tex: (x, f) => `${f} \\cdot \\tanh\\left(\\ln\\left(1 + e^{${x}}\\right)\\right)`,
    numpy: () => "x * np.tanh(np.logaddexp(0.0, x))",
    torch: functional("mish"),
  },
  softplus: {
    tex: (x) => `\\ln\\left(1 + e^{${x}}\\right)`,
    numpy: () => "x if x > 20 else np.logaddexp(0.0, x)",
    torch: functional("softplus"),
  },
  hardswish: {
    tex: (x, f) => `${f} \\cdot \\frac{\\min\\left(\\max\\left(${x} + 3, 0\\right), 6\\right)}{6}`,
    numpy: () => "x * min(max(x + 3, 0.0), 6.0) / 6",
    torch: functional("hardswish"),
  },
  sigmoid: {
    tex: (_, f) => `\\frac{1}{1 + e^{-${f}}}`,
    numpy: () => "1 / (1 + np.exp(-x))",
    torch: () => "torch.sigmoid(x)",
  },
  logsigmoid: {
    tex: (_, f) => `-\\ln\\left(1 + e^{-${f}}\\right)`,
    numpy: () => "-np.logaddexp(0.0, -x)",
    torch: functional("logsigmoid"),
  },
  hardsigmoid: {
    tex: (x) => `\\min\\left(\\max\\left(\\frac{${x}}{6} + \\frac{1}{2}, 0\\right), 1\\right)`,
    numpy: () => "min(max(x / 6 + 0.5, 0.0), 1.0)",
    torch: functional("hardsigmoid"),
  },
  tanh: { tex: (x) => `\\tanh\\left(${x}\\right)`, numpy: () => "np.tanh(x)", torch: () => "torch.tanh(x)" },
  hardtanh: {
    tex: (x) => `\\min\\left(\\max\\left(-1, ${x}\\right), 1\\right)`,
    numpy: () => "min(max(x, -1.0), 1.0)",
    torch: functional("hardtanh"),
  },
  "scaled-tanh": {
    tex: (_, f) => `1.7159 \\tanh\\left(\\tfrac{2}{3} \\cdot ${f}\\right)`,
    numpy: () => "1.7159 * np.tanh(2 * x / 3)",
    torch: () => "1.7159 * torch.tanh(2 * x / 3)",
  },
  softsign: {
    tex: (x) => `\\frac{${x}}{1 + \\left|${x}\\right|}`,
    numpy: () => "x / (1 + abs(x))",
    torch: functional("softsign"),
  },
};

/** The same in plain text, for the panel: with x as it is, and in brackets where it is negative.
 *  @type {Record<string, (x: string, f: string, slope: string) => string>} */
export const PLAIN = {
  relu: (x) => `max(0, ${x})`,
  relu6: (x) => `min(max(0, ${x}), 6)`,
  leaky_relu: (x, f, slope) => (f === x ? x : `${slope} × ${x}`),
  elu: (x, f) => (f === x ? x : `exp(${x}) − 1`),
  selu: (x, f) => (f === x ? `1.0507… × ${x}` : `1.0507… × 1.6732… × (exp(${x}) − 1)`),
  gelu: (x) => `${x} / 2 × (1 + erf(${x} / √2))`,
  silu: (x, f) => `${x} / (1 + exp(−${f}))`,
  mish: (x) => `${x} × tanh(ln(1 + exp(${x})))`,
  softplus: (x) => `ln(1 + exp(${x}))`,
  hardswish: (x) => `${x} × min(max(${x} + 3, 0), 6) / 6`,
  sigmoid: (_, f) => `1 / (1 + exp(−${f}))`,
  logsigmoid: (_, f) => `−ln(1 + exp(−${f}))`,
  hardsigmoid: (x) => `min(max(${x} / 6 + 1/2, 0), 1)`,
  tanh: (x) => `tanh(${x})`,
  hardtanh: (x) => `min(max(−1, ${x}), 1)`,
  "scaled-tanh": (x) => `1.7159 tanh(2/3 × ${x})`,
  softsign: (x) => `${x} / (1 + |${x}|)`,
};
