// Reading a picture from a file that nobody has checked: its size is read from its first bytes before anything is
// decoded, so that one which claims a billion pixels is refused at once.

/** @typedef {import("locality/source").Picture} Picture */

const MOST_BYTES = 50e6;
const MOST_PIXELS = 50e6;
const STRIP = 256; // rows read back at a time: a whole canvas of 50 megapixels is refused by some browsers

/**
 * The picture in a file: in colour, upright as its EXIF says, what is transparent laid on white; and what was done to
 * it. An Error with one sentence where it cannot be read.
 * @param {File} file @returns {Promise<{picture: Picture, said: string[]}>}
 */
export async function readPictureFile(file) {
  const name = file.name || "the picture";
  if (file.size === 0) throw new Error(`${name} is empty. Use a PNG, JPEG, WebP or GIF.`);
  if (file.size > MOST_BYTES) {
    const size = `${Math.round(file.size / 1e6)} MB, more than the ${MOST_BYTES / 1e6} MB that are read here`;
    throw new Error(`${name}: ${size}. Make it smaller first.`);
  }
  const size = claimedSize(new Uint8Array(await file.arrayBuffer()));
  if (!size) throw new Error(`${name} is not a picture that this browser can read. Use PNG, JPEG, WebP or GIF.`);
  const [width, height] = size;
  if (width * height > MOST_PIXELS) {
    const most = `more than the ${MOST_PIXELS / 1e6} that are read here`;
    const megapixels = Math.ceil((width * height) / 1e6);
    throw new Error(`${name}: ${width}x${height} is ${megapixels} megapixels, ${most}. Make it smaller first.`);
  }
  const bitmap = await decoded(file).catch(() => {
    throw new Error(`${name} is damaged, or of a kind that this browser cannot read. Save it again as PNG or JPEG.`);
  });
  try {
    const { data, clear } = readBack(bitmap);
    const picture = { shape: [3, bitmap.height, bitmap.width], data, name, label: null };
    return { picture, said: clear ? ["what is transparent lies on white"] : [] };
  } finally {
    bitmap.close();
  }
}

/** A file's pixels as they are stored: no colour profile is applied, as Python applies none. @param {Blob} file */
async function decoded(file) {
  const asStored = /** @type {const} */ ({
    imageOrientation: "from-image",
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  try {
    return await createImageBitmap(file, asStored);
  } catch (error) {
    if (error instanceof TypeError) return createImageBitmap(file); // a browser without these options
    throw error;
  }
}

/** The bytes of a bitmap, one plane after the other, and whether anything in it was transparent.
 *  @param {ImageBitmap} bitmap */
function readBack(bitmap) {
  const { width, height } = bitmap;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = Math.min(height, STRIP);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const data = new Uint8Array(3 * width * height);
  let clear = false;
  for (let top = 0; top < height; top += STRIP) {
    const rows = Math.min(STRIP, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, top, width, rows, 0, 0, width, rows);
    clear = toPlanes(context.getImageData(0, 0, width, rows).data, data, top * width, width * height) || clear;
  }
  return { data, clear };
}

/**
 * Pixels of a canvas put into three planes, what is transparent over white; whether anything was.
 * @param {Uint8ClampedArray} pixels   red, green, blue, alpha of each
 * @param {Uint8Array} planes @param {number} from   where in a plane they begin @param {number} size   of a plane
 */
export function toPlanes(pixels, planes, from = 0, size = planes.length / 3) {
  let clear = false;
  for (let i = 0, at = from; i < pixels.length; i += 4, at++) {
    const alpha = pixels[i + 3];
    clear ||= alpha < 255;
    for (let c = 0; c < 3; c++) {
      planes[c * size + at] =
        alpha === 255 ? pixels[i + c] : Math.round((pixels[i + c] * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return clear;
}

/** What is drawn on a canvas now, as a picture.
 *  @param {CanvasRenderingContext2D} context @param {string} name @returns {Picture} */
export function canvasPicture(context, name) {
  const { width, height } = context.canvas;
  const data = new Uint8Array(3 * width * height);
  toPlanes(context.getImageData(0, 0, width, height).data, data);
  return { shape: [3, height, width], data, name, label: null };
}

/**
 * [width, height] that a PNG, JPEG, GIF, WebP, BMP or AVIF claims to have; null where it is none of these.
 * @param {Uint8Array} bytes @returns {[number, number] | null}
 */
export function claimedSize(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (/** @type {number} */ from, /** @type {number} */ to) =>
    String.fromCharCode(...bytes.subarray(from, to));
  try {
    if (text(0, 8) === "\x89PNG\r\n\x1a\n") return [view.getUint32(16), view.getUint32(20)];
    if (/^GIF8[79]a/.test(text(0, 6))) return [view.getUint16(6, true), view.getUint16(8, true)];
    if (text(0, 2) === "BM") return [Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true))];
    if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return webpSize(view, text(12, 16));
    if (text(0, 3) === "\xff\xd8\xff") return jpegSize(view);
    if (text(4, 8) === "ftyp") return avifSize(view, bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the file ends within its header
  }
  return null;
}

/** @param {DataView} view @param {string} kind @returns {[number, number] | null} */
function webpSize(view, kind) {
  if (kind === "VP8 ") return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  const bits = view.getUint32(kind === "VP8X" ? 24 : 21, true);
  if (kind === "VP8L") return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
  return kind === "VP8X" ? [(bits & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1] : null;
}

/** The size stands in the frame's header, behind any number of segments.
 *  @param {DataView} view @returns {[number, number] | null} */
function jpegSize(view) {
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2); // 0xff may be repeated
  }
}

/** The largest of the sizes that its items claim.
 *  @param {DataView} view @param {Uint8Array} bytes @returns {[number, number] | null} */
function avifSize(view, bytes) {
  /** @type {[number, number] | null} */
  let largest = null;
  const end = Math.min(bytes.length - 16, 1 << 16);
  for (let i = 0; i <= end; i++) {
    if (view.getUint32(i) !== 0x69737065) continue; // "ispe"
    const [width, height] = [view.getUint32(i + 8), view.getUint32(i + 12)];
    if (!largest || width * height > largest[0] * largest[1]) largest = [width, height];
  }
  return largest;
}
