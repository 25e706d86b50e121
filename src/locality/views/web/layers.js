/** One arithmetic rule for each layer, by Python's class name. */

import { activation } from "locality/layers/activation";
import { conv } from "locality/layers/conv";
import { crop } from "locality/layers/crop";
import { dense } from "locality/layers/dense";
import { distance } from "locality/layers/distance";
import { concat, product, sum } from "locality/layers/join";
import { norm } from "locality/layers/norm";
import { dropout, flatten, opaque, reshape } from "locality/layers/plain";
import { pool } from "locality/layers/pool";
import { transposed } from "locality/layers/transposed";
import { upsample } from "locality/layers/upsample";

/** @type {Record<string, import("locality/layers/rule").Rule>} */
export const RULES = {
  Conv: conv,
  ConvTranspose: transposed,
  Pool: pool,
  Dense: dense,
  Norm: norm,
  Activation: activation,
  Dropout: dropout,
  Flatten: flatten,
  Reshape: reshape,
  Upsample: upsample,
  Crop: crop,
  Distance: distance,
  Sum: sum,
  Concat: concat,
  Product: product,
  Opaque: opaque,
};

/** Layers that read two inputs or more. */
export const JOINS = new Set(["Sum", "Concat", "Product"]);
