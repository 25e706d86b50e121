// Choosing a picture: samples, a file (also dropped or pasted), a drawing, the camera.

import { ends, fitDigit } from "locality/digit";
import { fitPicture, isBytes, isFrame, limitPicture } from "locality/fit";
import { areSpins, SPINS } from "locality/parts/colour";
import { cameraView } from "locality/parts/camera";
import { newId } from "locality/parts/controls";
import { button, el, notice, sentence } from "locality/parts/dom";
import { drawingPad } from "locality/parts/drawing";
import { mapImage, pictureImage } from "locality/parts/map";
import { readPictureFile } from "locality/picturefile";

/** @typedef {import("locality/source").Picture} Picture */
/** @typedef {{picture: Picture, said: string[]}} Made   a picture, and what was done to it */

/** `shape` is what the network takes, null for pictures in colour and their own size, at most `largest` a side.
 *  `onPicture` gets what the network really sees and what was done to it; live pictures (camera, drawing) wait for its
 *  promise. `show` marks a picture that came by other means.
 *  @param {{label: string, pictures: Picture[], shape: number[] | null, fit: "digit" | "cover" | "none", largest?: number,
 *    onPicture: (picture: Picture, said: string[]) => unknown}} given */
export function pictureChooser({ label, pictures, shape, fit, onPicture, largest = 256 }) {
  const takes = fit !== "none" && (!shape || isFrame(shape));
  const digit = shape !== null && fit === "digit";
  const said = notice();
  const name = newId();
  const shown = [...pictures]; // and behind the samples the one that was brought in last
  const thumbs = Array.from({ length: pictures.length + 1 }, (_, i) => {
    const input = el("input", { type: "radio", name, onchange: () => choose(shown[i]) });
    return { input, element: el("label", { class: "thumbnail" }, input) };
  });
  pictures.forEach((picture, i) => draw(thumbs[i], picture));
  thumbs[0].input.checked = true;
  const camera = cameraView(said, () => openPad(false), (raw) => give("live", () => fitted(raw)));
  const pad = drawingPad(takes && shape ? shape.slice(1) : [1, 1], digit, (raw, empty) =>
    give("live", () => (empty ? { ...fitted(raw, false), said: ["the pad is empty"] } : fitted(raw))));
  const press = button("Draw", () => openPad(pad.element.hidden), { "aria-pressed": "false" });
  const input = el("input", {
    type: "file",
    accept: "image/*",
    class: "unseen",
    tabIndex: -1,
    "aria-label": `${label}: picture file`,
    onchange: () => {
      take([.../** @type {FileList} */ (input.files)]);
      input.value = ""; // the same file again is a change again
    },
  });
  const tools = [
    el("div", { class: "controls" }, button("Upload", () => input.click()), input, press, camera.press,
      el("span", { class: "muted" }, "or drop a picture anywhere, or paste one")),
    pad.element,
    camera.element,
  ];
  const reads = fit === "none" ? "reads spins, +1 and \u22121" : `takes ${shape?.join("x")}`;
  const why = `This network ${reads}, which no photograph has: only the samples can be chosen.`;
  const samples = { class: "samples", role: "radiogroup", "aria-label": `${label}: samples` };
  const element = el("section", { class: "pictures", "aria-label": label },
    el("div", samples, thumbs.map((thumb) => thumb.element)),
    takes ? tools : el("p", { class: "muted" }, why),
    said.element);
  if (takes) catchFiles(element, take, () => said.warn("What was dropped is no file. Save the picture first, then drop that."));

  let turn = 0; // counts the pictures: only the last one that was given is shown
  let busy = 0; // how many are not yet done with
  let waiting = () => {}; // hands on the latest live one that came meanwhile
  /** Make a picture, show it and hand it on; a live one waits until the last one is done with.
   *  @param {"sample" | "file" | "live"} from @param {() => Made | Promise<Made>} make */
  async function give(from, make) {
    const now = ++turn;
    const wait = from === "live" && busy > 0;
    waiting = wait ? () => give(from, make) : () => {};
    if (wait) return;
    if (from !== "live") camera.stop();
    busy++;
    try {
      const made = await make();
      if (now === turn) {
        if (from !== "sample") show(made.picture);
        const text = made.said.join("; ") || named(made.picture);
        said.say(`${text[0].toUpperCase()}${text.slice(1)}.`);
        await onPicture(made.picture, made.said);
      }
    } catch (error) {
      if (now === turn) said.warn(sentence(error));
    }
    busy--;
    if (!busy) waiting();
  }

  /** @param {Picture} picture */
  function choose(picture) {
    const fits = !shape || !takes || !isBytes(picture.data) || String(picture.shape) === String(shape);
    give("sample", () => (fits ? { picture, said: [] } : fitted(picture)));
  }

  /** @param {File[]} files */
  function take([file]) {
    give("file", async () => {
      said.say(`Reading ${file.name}.`);
      return fitted(await readPictureFile(file));
    });
  }

  /** What is asked for, made of a picture. @param {Picture} raw @returns {Made} */
  function fitted(raw, asDigit = digit) {
    if (shape && asDigit) return fitDigit(raw, shape);
    const picture = shape ? fitPicture(raw, shape) : limitPicture(raw, largest);
    const [[, high, wide], [, height, width]] = [raw.shape, picture.shape];
    // Less than one pixel of the source is no overhang.
    const cut = shape && Math.abs(wide * height - high * width) >= Math.max(height, width);
    const brought = `brought to ${width}x${height}${cut ? ", the overhang is cut off" : ""}`;
    return { picture, said: [`${wide}x${high}: ${high === height && wide === width ? "used as it is" : brought}`] };
  }

  /** @param {boolean} open */
  function openPad(open) {
    pad.element.hidden = !open;
    press.setAttribute("aria-pressed", String(open));
    if (open) camera.stop();
    pad.canvas.focus({ preventScroll: true });
  }

  /** @param {Picture} picture */
  function show(picture) {
    const known = shown.indexOf(picture);
    const at = known < 0 ? pictures.length : known;
    shown[at] = picture;
    draw(thumbs[at], picture);
    thumbs[at].input.checked = true;
  }

  return { element, show };
}

/** Files that are dropped anywhere on the page, or pasted, while an element can be seen; `refuse` where a link or a
 *  text was dropped.
 *  @param {Element} element @param {(files: File[]) => void} take @param {() => void} refuse */
function catchFiles(element, take, refuse) {
  const gone = new AbortController();
  for (const kind of /** @type {const} */ (["dragover", "drop", "paste"])) {
    document.addEventListener(kind, (event) => {
      if (!element.isConnected) return gone.abort();
      const given = "clipboardData" in event ? event.clipboardData : event.dataTransfer;
      const typed = event.target instanceof Element && event.target.closest("input, textarea");
      if (!given || (!given.types.includes("Files") && (kind === "paste" || typed))) return;
      event.preventDefault(); // even where it is not taken: the browser would leave the page for the file or the link
      if (kind === "dragover" || !element.getClientRects().length) return;
      if (given.files.length) take([...given.files]);
      else refuse();
    }, { signal: gone.signal });
  }
}

/** A picture as a small square that can be chosen.
 *  @param {{element: HTMLElement, input: HTMLElement}} thumb @param {Picture} picture */
function draw({ element, input }, picture) {
  input.setAttribute("aria-label", named(picture));
  element.title = `${named(picture)}, ${picture.shape.join("x")}`;
  const image = imageOf(picture);
  image.classList.toggle("pixels", image.width < 64);
  element.replaceChildren(input, image);
}

/** @param {Picture} picture */
const named = ({ name, label }) => (label === null ? name : `${name}, labelled ${label}`);

/** Bytes as they are; of anything else the first channel, of a volume the slice in the middle, spins in their two
 *  colours. @param {Picture} one */
export function imageOf({ shape, data }) {
  if (isFrame(shape) && isBytes(data)) return pictureImage({ shape, data });
  const [low, high] = ends(data);
  const depth = shape.length === 4 ? shape[1] >> 1 : 0;
  const range = areSpins(data) ? SPINS : { low, high, scale: /** @type {const} */ ("grey") };
  return mapImage({ shape, data: Float32Array.from(data) }, 0, range, depth);
}
