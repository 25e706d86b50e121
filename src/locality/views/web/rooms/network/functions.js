// Every activation as [LaTeX, NumPy, plain text, PyTorch where it is not F.name(x)]: # stands for its number, @ for the
// number in brackets where it is negative, ~ for the slope; plain text has what holds below zero after a bar.

const { raw } = String;

/** @param {string} above @param {string} below */
const cases = (above, below) =>
  raw`\begin{cases} ${above} & x > 0 \\ ${below} & \text{otherwise} \end{cases} \quad x = #`;

/** @type {Record<string, [string, string, string, string?]>} */
export const FUNCTIONS = {
  relu: [raw`\max\left(0, #\right)`, "max(x, 0.0)", "max(0, #)"],
  relu6: [raw`\min\left(\max\left(0, #\right), 6\right)`, "min(max(x, 0.0), 6.0)", "min(max(0, #), 6)"],
  leaky_relu: [cases("x", raw`~ \cdot x`), "x if x >= 0 else ~ * x", "# | ~ × #", "F.leaky_relu(x, ~)"],
  elu: [cases("x", "e^{x} - 1"), "x if x > 0 else np.expm1(x)", "# | exp(#) − 1"],
  selu: [
    raw`1.0507009873554805 \cdot ${cases("x", raw`1.6732632423543772 \left(e^{x} - 1\right)`)}`,
    "1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * np.expm1(x))",
    "1.0507… × # | 1.0507… × 1.6732… × (exp(#) − 1)",
  ],
  gelu: [
    raw`\frac{#}{2} \left(1 + \operatorname{erf}\left(@ / \sqrt{2}\right)\right)`,
    "x / 2 * (1 + math.erf(x / np.sqrt(2)))",
    "# / 2 × (1 + erf(# / √2))",
  ],
  silu: [raw`\frac{#}{1 + e^{-@}}`, "x / (1 + np.exp(-x))", "# / (1 + exp(−@))"],
  mish: [
    raw`@ \cdot \tanh\left(\ln\left(1 + e^{#}\right)\right)`,
    "x * np.tanh(np.logaddexp(0.0, x))",
    "# × tanh(ln(1 + exp(#)))",
  ],
  softplus: [raw`\ln\left(1 + e^{#}\right)`, "x if x > 20 else np.logaddexp(0.0, x)", "ln(1 + exp(#))"],
  hardswish: [
    raw`@ \cdot \frac{\min\left(\max\left(# + 3, 0\right), 6\right)}{6}`,
    "x * min(max(x + 3, 0.0), 6.0) / 6",
    "# × min(max(# + 3, 0), 6) / 6",
  ],
  "log-cosh": [
    raw`\ln\left(\cosh\left(#\right)\right)`,
    "np.logaddexp(x, -x) - np.log(2)",
    "ln(cosh(#))",
    "torch.logaddexp(x, -x) - math.log(2)",
  ],
  "complex-relu": [raw`\max\left(0, #\right)`, "max(x, 0.0)", "max(0, #)", "F.relu(x)"],
  sigmoid: [raw`\frac{1}{1 + e^{-@}}`, "1 / (1 + np.exp(-x))", "1 / (1 + exp(−@))"],
  logsigmoid: [raw`-\ln\left(1 + e^{-@}\right)`, "-np.logaddexp(0.0, -x)", "−ln(1 + exp(−@))"],
  hardsigmoid: [
    raw`\min\left(\max\left(\frac{#}{6} + \frac{1}{2}, 0\right), 1\right)`,
    "min(max(x / 6 + 0.5, 0.0), 1.0)",
    "min(max(# / 6 + 1/2, 0), 1)",
  ],
  tanh: [raw`\tanh\left(#\right)`, "np.tanh(x)", "tanh(#)"],
  hardtanh: [raw`\min\left(\max\left(-1, #\right), 1\right)`, "min(max(x, -1.0), 1.0)", "min(max(−1, #), 1)"],
  "scaled-tanh": [
    raw`1.7159 \tanh\left(\tfrac{2}{3} \cdot @\right)`,
    "1.7159 * np.tanh(2 * x / 3)",
    "1.7159 tanh(2/3 × #)",
    "1.7159 * torch.tanh(2 * x / 3)",
  ],
  softsign: [raw`\frac{#}{1 + \left|#\right|}`, "x / (1 + abs(x))", "# / (1 + |#|)"],
};

/** @param {string} template @param {string | number} slope @param {string} [x] @param {string} [bracketed] */
export const written = (template, slope, x = "x", bracketed = x) =>
  template.replaceAll("#", x).replaceAll("@", bracketed).replaceAll("~", String(slope));
