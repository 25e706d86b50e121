// Pictures from files that nobody has checked: a size is read from the first bytes before anything is decoded, so that
// a file which claims a billion pixels is refused at once. And pixels read back from what a canvas can draw.

import { el } from "locality/parts/dom";

const MOST = 50e6; // bytes, and pixels
const STRIP = 256; // rows read back at a time: a whole canvas of 50 megapixels is refused by some browsers

/** The picture in a file, in colour and upright, what is transparent laid on white; an Error where there is none.
 *  @param {File} file */
export async function readPictureFile(file) {
  const size = file.size > MOST ? [file.size, 1] : claimedSize(new Uint8Array(await file.arrayBuffer()));
  if (!size) throw new Error(`${file.name} is not a picture that this browser can read. Use PNG, JPEG, WebP or GIF.`);
  if (size[0] * size[1] > MOST) {
    const many = file.size > MOST ? "MB" : `megapixels (${size.join("x")})`;
    const most = `${Math.ceil((size[0] * size[1]) / 1e6)} ${many}, more than the ${MOST / 1e6} that are read here`;
    throw new Error(`${file.name}: ${most}. Make it smaller first.`);
  }
  // The pixels as they are stored: no colour profile is applied, as Python applies none.
  const stored = /** @type {const} */ ({ colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const bitmap = await createImageBitmap(file, stored).catch(() => {
    throw new Error(`${file.name} is damaged, or of a kind that this browser cannot read. Save it as PNG or JPEG.`);
  });
  const picture = readPixels(bitmap, bitmap.width, bitmap.height, file.name);
  bitmap.close();
  return picture;
}

/** What a canvas can draw, as a picture of this size.
 *  @param {CanvasImageSource} source @param {number} width @param {number} height @param {string} name */
export function readPixels(source, width, height, name) {
  const canvas = el("canvas", { width, height: Math.min(height, STRIP) });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const data = new Uint8Array(3 * width * height);
  let clear = false;
  for (let top = 0; top < height; top += STRIP) {
    context.clearRect(0, 0, width, STRIP);
    context.drawImage(source, 0, -top, width, height);
    const pixels = context.getImageData(0, 0, width, Math.min(STRIP, height - top)).data;
    clear = toPlanes(pixels, data, top * width) || clear;
  }
  return { shape: [3, height, width], data, name: clear ? `${name} on white` : name, label: null };
}

/** Pixels of a canvas put into three planes from one place on, what is transparent over white; whether anything was.
 *  @param {Uint8ClampedArray} pixels @param {Uint8Array} planes */
export function toPlanes(pixels, planes, from = 0) {
  let clear = false;
  for (let i = 0; i < pixels.length; i += 4) {
    const white = 255 - pixels[i + 3];
    clear ||= white > 0;
    for (let c = 0; c < 3; c++) {
      planes[(c * planes.length) / 3 + from + i / 4] = Math.round((pixels[i + c] * (255 - white)) / 255 + white);
    }
  }
  return clear;
}

/** [width, height] that a PNG, JPEG, GIF, WebP, BMP or AVIF claims to have; null where it is none of these.
 *  @param {Uint8Array} bytes */
export function claimedSize(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  try {
    if (head.startsWith("\x89PNG")) return [view.getUint32(16), view.getUint32(20)];
    if (head.startsWith("GIF8")) return [view.getUint16(6, true), view.getUint16(8, true)];
    if (head.startsWith("BM")) return [18, 22].map((at) => Math.abs(view.getInt32(at, true)));
    if (head.startsWith("\xff\xd8\xff")) return jpegSize(view);
    if (head.startsWith("WEBPVP8", 8)) return webpSize(view, head[15]);
    if (head.startsWith("ftyp", 4)) return avifSize(view);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the file ends within its header
  }
  return null;
}

/** @param {DataView} view @param {string} kind   lossy, lossless, or of many parts (X) */
function webpSize(view, kind) {
  if (kind === " ") return [26, 28].map((at) => view.getUint16(at, true) & 0x3fff);
  if (kind === "L") return [0, 14].map((bit) => ((view.getUint32(21, true) >> bit) & 0x3fff) + 1);
  return [24, 27].map((at) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1);
}

/** The size stands in the frame's header, behind any number of segments. @param {DataView} view */
function jpegSize(view) {
  for (let at = 2; view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    }
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2); // 0xff may be repeated
  }
  return null;
}

/** The largest of the sizes that its items claim. @param {DataView} view */
function avifSize(view) {
  let largest = [0, 0];
  for (let i = 0; i <= Math.min(view.byteLength - 16, 1 << 16); i++) {
    const size = [view.getUint32(i + 8), view.getUint32(i + 12)];
    if (view.getUint32(i) === 0x69737065 && size[0] * size[1] > largest[0] * largest[1]) largest = size; // "ispe"
  }
  return largest[0] ? largest : null;
}
