// Choosing a picture: samples, a file (also dropped or pasted), a drawing, the camera.

import { bringTo } from "locality/bring";
import { isBytes } from "locality/fit";
import { cameraView } from "locality/parts/camera";
import { newId } from "locality/parts/controls";
import { button, el } from "locality/parts/dom";
import { drawingPad } from "locality/parts/drawing";
import { catchFiles } from "locality/parts/dropped";
import { liveNotice } from "locality/parts/live";
import { thumbnail } from "locality/parts/thumbnail";
import { readPictureFile } from "locality/picturefile";

/** @typedef {import("locality/source").Picture} Picture */

/**
 * @param {{label: string, pictures: Picture[], shape: number[] | null, fit: "digit" | "cover",
 *   onPicture: (picture: Picture, said: string[]) => unknown, largest?: number}} given
 *   `shape` is what the network takes, null for pictures in their own size and in colour, their longer side at most
 *   `largest`. `onPicture` gets what the network really sees, and in `said` what was done to it; it is not called for
 *   pictures[0], with which a room begins. Where it gives back a promise, live pictures (camera, drawing) wait for it,
 *   and only the latest is handed on.
 * @returns {{element: HTMLElement, show: (picture: Picture) => void}} `show` marks a picture that came by other means
 */
export function pictureChooser({ label, pictures, shape, fit, onPicture, largest = 256 }) {
  const takes = !shape || (shape.length === 3 && [1, 3].includes(shape[0]));
  const said = liveNotice();
  const samples = el("div", { class: "samples", role: "radiogroup", "aria-label": `${label}: samples` });
  const element = el("section", { class: "pictures", "aria-label": label }, samples);
  const group = newId();
  /** @type {{picture: Picture, element: HTMLElement, input: HTMLInputElement, show: (picture: Picture) => void}[]} */
  const thumbs = pictures.map((picture) => thumb(picture, choose));
  /** @type {typeof thumbs[0] | null} */
  let own = null; // the one that was brought in last, behind the samples
  if (thumbs.length) thumbs[0].input.checked = true;
  else samples.hidden = true;
  let read = 0; // counts the files: only the last one that was given is shown

  /** @param {Picture} picture @param {(picture: Picture) => void} chosen */
  function thumb(picture, chosen) {
    const made = thumbnail(picture, group, chosen);
    samples.append(made.element);
    return made;
  }

  /** One of the samples was chosen. @param {Picture} picture */
  function choose(picture) {
    read++;
    camera?.stop("");
    const fitting = shape && takes && isBytes(picture.data) && String(picture.shape) !== String(shape);
    if (fitting) return bring(picture, []);
    said.say(picture.label === null ? `${picture.name}.` : `${picture.name}, labelled ${picture.label}.`);
    void hand(picture, []);
  }

  /** Fit a new picture, show it and hand it on.
   *  @param {Picture} raw @param {string[]} already @param {{live?: boolean, empty?: boolean}} [how] */
  function bring(raw, already, { live = false, empty = false } = {}) {
    try {
      const { picture, done } = bringTo(raw, { shape, fit, largest, empty });
      const all = [...already, ...done];
      if (pictures.includes(raw)) mark(raw);
      else present(picture);
      said.tell(all, live);
      void hand(picture, all, live);
    } catch (error) {
      said.refuse(error, live);
    }
  }

  let busy = 0; // how many pictures are not yet done with
  /** @type {(() => void) | null} */
  let waiting = null; // hands on the latest live one that came meanwhile

  /** Hand a picture on; a live one waits until the last one is done with.
   *  @param {Picture} picture @param {string[]} done */
  async function hand(picture, done, live = false) {
    const wait = live && busy > 0;
    waiting = wait ? () => void hand(picture, done, true) : null;
    if (wait) return;
    busy++;
    try {
      await onPicture(picture, done);
    } catch (error) {
      said.refuse(error);
      console.error(error);
    }
    busy--;
    if (!busy) waiting?.();
  }

  /** Put a picture behind the samples, marked as the one that is seen. @param {Picture} picture */
  function present(picture) {
    if (own) own.show(picture);
    else own = slot(picture);
    own.input.checked = true;
  }

  /** The place behind the samples. @param {Picture} picture */
  function slot(picture) {
    samples.hidden = false;
    const made = thumb(picture, (mine) => (said.say(`${mine.name}, once more.`), void hand(mine, [])));
    samples.scrollTop = samples.scrollHeight;
    return made;
  }

  /** @param {Picture} picture */
  function mark(picture) {
    const known = [...thumbs, ...(own ? [own] : [])].find((one) => one.picture === picture);
    if (known) known.input.checked = true;
    return Boolean(known);
  }

  /** @param {File[]} files */
  async function take(files) {
    const [file] = files;
    const now = ++read;
    camera?.stop("");
    said.say(`Reading ${file.name || "the picture"}.`);
    try {
      const { picture, said: done } = await readPictureFile(file);
      if (now !== read) return;
      bring(picture, files.length > 1 ? [`the first of ${files.length} files, ${picture.name}`, ...done] : done);
    } catch (error) {
      if (now === read) said.refuse(error);
    }
  }

  /** @type {ReturnType<typeof cameraView> | null} */
  let camera = null;
  if (takes) tools();
  else {
    const why = `This network takes ${shape?.join("x")}, which no photograph has: only the samples can be chosen.`;
    add(el("p", { class: "muted" }, why));
  }
  add(said.element);

  /** @param {Element} child */
  function add(child) {
    element.append(child);
  }

  function tools() {
    const input = el("input", {
      type: "file",
      accept: "image/*",
      class: "unseen",
      tabIndex: -1,
      "aria-label": `${label}: picture file`,
      onchange: () => {
        if (input.files?.length) void take([...input.files]);
        input.value = ""; // the same file again is a change again
      },
    });
    const pad = el("div", { hidden: true });
    const draw = button(
      "Draw",
      () => {
        pad.hidden = !pad.hidden;
        draw.setAttribute("aria-pressed", String(!pad.hidden));
        if (pad.hidden) return;
        camera?.stop("");
        if (!pad.firstChild) {
          const made = newPad();
          pad.append(made.element);
          // Its place among the samples is made now: the pad must not move under the first stroke.
          own ??= slot(bringTo(made.picture(), { shape, fit, largest, empty: true }).picture);
        }
        pad.querySelector("canvas")?.focus({ preventScroll: true });
      },
      { "aria-pressed": "false" },
    );
    const film = button(
      "Camera",
      () => {
        if (film.getAttribute("aria-pressed") === "true") return camera?.stop("");
        film.setAttribute("aria-pressed", "true");
        if (!pad.hidden) draw.click();
        read++;
        said.say("Waiting for the camera: allow it where the browser asks.");
        void camera?.start();
      },
      { "aria-pressed": "false" },
    );
    camera = cameraView({
      onFrame: (picture) => bring(picture, [], { live: true }),
      onEnd(text) {
        const was = film.getAttribute("aria-pressed") === "true";
        film.setAttribute("aria-pressed", "false");
        if (text) said.refuse(text);
        else if (was) said.say("The camera is off. Its last picture stays.");
      },
    });
    add(
      el(
        "div",
        { class: "controls" },
        button("Upload", () => input.click(), {
          title: "A PNG, JPEG, WebP or GIF from this machine; it stays in this page",
        }),
        input,
        draw,
        film,
        el("span", { class: "muted" }, "or drop a picture here, or paste one"),
      ),
    );
    add(pad);
    add(camera.element);
    catchFiles(element, { take: (files) => void take([...files]), complain: said.refuse });
  }

  function newPad() {
    const [channels, height, width] = shape ?? [3, largest, largest];
    const scale = Math.max(280, height, width) / Math.max(height, width);
    return drawingPad({
      height: Math.round(height * scale),
      width: Math.round(width * scale),
      inks: fit === "digit" && shape ? "white" : channels === 1 ? "greys" : "colours",
      onDraw: (picture, empty) => (read++, bring(picture, [], { live: true, empty })),
    });
  }

  return {
    element,
    show(picture) {
      if (!mark(picture)) present(picture);
    },
  };
}
