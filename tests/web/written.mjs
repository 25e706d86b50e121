// Formulas of cells, for tests/views/test_formulas.py: reads networks, their arrays and places from the standard input,
// writes what the page would copy.
import { readFileSync } from "node:fs";
import { explain } from "../../src/locality/views/web/cell.js";
import { readNetwork, weightsOf } from "../../src/locality/views/web/network.js";
import { latex, numpy, pytorch } from "../../src/locality/views/web/rooms/network/formulas.js";
import { normNumbers } from "../../src/locality/views/web/rooms/network/norm.js";

const tensors = (given) => new Map(Object.entries(given).map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }]));
const written = JSON.parse(readFileSync(0, "utf8")).flatMap(({ network, values, parameters, places }) => {
  const net = readNetwork(network);
  const [known, weights] = [tensors(values), tensors(parameters)];
  return places.map(([name, place]) => {
    const node = net.node(name);
    const cell = explain(net, known, weights, name, place);
    const given = [node, cell, normNumbers(node, cell, weightsOf(net, node, weights))];
    const bare = [node, cell, normNumbers(node, cell)]; // as where the parameters are not at hand
    return {
      network: net.name, node: name, place, value: cell.value, scale: cell.scale, latex: latex(...given),
      programs: [numpy(...given), pytorch(...given), ...(node.kind === "Norm" ? [numpy(...bare), pytorch(...bare)] : [])],
    };
  });
});
process.stdout.write(JSON.stringify(written));
