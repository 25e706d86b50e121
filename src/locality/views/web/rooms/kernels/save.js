// Saving a result as a PNG, one pixel for each cell.

import { clamped, signed } from "locality/filter";
import { el, short } from "locality/parts/dom";
import { pictureImage } from "locality/parts/map";

/**
 * @param {import("locality/tensor").Tensor} result @param {boolean} around   signed values around mid-grey, or clamped
 * @returns {Promise<string>} a sentence: what the greys stand for
 */
export function savePicture(result, around) {
  const found = around ? signed(result.data) : null;
  const image = pictureImage({ shape: result.shape, data: found?.bytes ?? clamped(result.data) });
  const most = found && short(found.most, 6);
  const said = found
    ? `grey 128 stands for 0, white (255) for ${most}, black (1) for −${most}.`
    : "values rounded and clamped to 0 to 255.";
  return new Promise((resolve, reject) => {
    image.toBlob((blob) => {
      if (!blob) return reject(new Error("save: the browser made no picture of it. Try a smaller picture."));
      const link = el("a", { href: URL.createObjectURL(blob), download: "kernel.png" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      resolve(`Saved kernel.png: ${said}`);
    }, "image/png");
  });
}
