// The camera's live frames, as the camera sees them: not mirrored.

import { button, el } from "locality/parts/dom";
import { canvasPicture } from "locality/picturefile";

/** @typedef {import("locality/source").Picture} Picture */

const PAUSE = 1000 / 15; // milliseconds from one frame to the next
const LARGEST = 640; // pixels along the longer side of a frame

/**
 * `onFrame` gets about 15 pictures a second between `start` and the end: Stop, another tab, another room. `onEnd` is
 * told when it is over, with a sentence where something is to be said.
 * @param {{onFrame: (picture: Picture) => void, onEnd: (sentence: string) => void}} given
 */
export function cameraView({ onFrame, onEnd }) {
  /** @type {MediaStream | null} */
  let stream = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let run = 0; // counts the starts: an answer to one that was stopped meanwhile is too late
  const video = el("video", {
    muted: true,
    playsInline: true,
    autoplay: true,
    title: "The camera, not mirrored",
    "aria-label": "The camera, not mirrored",
  });
  const context = /** @type {CanvasRenderingContext2D} */ (
    document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  );
  const freeze = button(
    "Freeze",
    () => {
      if (video.paused) void video.play();
      else video.pause();
      frozen();
    },
    { "aria-pressed": "false" },
  );
  const element = el(
    "div",
    { class: "camera", hidden: true },
    video,
    el(
      "div",
      { class: "controls" },
      freeze,
      button("Stop", () => stop(""), { "aria-label": "Stop the camera" }),
      el("span", { class: "muted" }, "Not mirrored: the network sees what the camera sees."),
    ),
  );

  function frozen() {
    freeze.textContent = video.paused ? "Go on" : "Freeze";
    freeze.setAttribute("aria-pressed", String(video.paused));
  }

  function tick() {
    const began = performance.now();
    if (!element.isConnected || element.getClientRects().length === 0) return stop("");
    if (!video.paused && video.videoWidth > 0) {
      const scale = Math.min(1, LARGEST / Math.max(video.videoWidth, video.videoHeight));
      context.canvas.width = Math.round(video.videoWidth * scale);
      context.canvas.height = Math.round(video.videoHeight * scale);
      context.drawImage(video, 0, 0, context.canvas.width, context.canvas.height);
      onFrame(canvasPicture(context, "your camera"));
    }
    timer = setTimeout(tick, Math.max(10, PAUSE - (performance.now() - began)));
  }

  async function start() {
    const now = ++run;
    try {
      if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
      const wanted = { width: { ideal: LARGEST }, facingMode: { ideal: "environment" } };
      const given = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      if (now !== run) return release(given);
      stream = given;
      for (const track of given.getTracks())
        track.addEventListener(
          "ended",
          () => now === run && stop("The camera was unplugged or taken away. Press Camera to try again."),
        );
      video.srcObject = given;
      element.hidden = false;
      await video.play();
      frozen();
      tick();
    } catch (error) {
      if (now === run) stop(refusal(error));
    }
  }

  /** @param {string} sentence */
  function stop(sentence) {
    run++;
    clearTimeout(timer);
    if (stream) release(stream);
    stream = null;
    video.srcObject = null;
    element.hidden = true;
    onEnd(sentence);
  }

  document.addEventListener(
    "visibilitychange",
    () => document.hidden && stream && stop("The camera was stopped while the page was hidden. Press Camera to go on."),
  );
  return { element, start, stop };
}

/** @param {MediaStream} stream */
function release(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Why there is no picture, and what to do. @param {unknown} error */
function refusal(error) {
  const name = error instanceof DOMException ? error.name : "";
  const framed = window !== window.top;
  let why = `it gave no picture (${error instanceof Error ? error.message || error.name : error}). Try again`;
  if (!window.isSecureContext || (name === "SecurityError" && !framed)) {
    why = "browsers lend it only to pages from https, from this machine, or from a file. Open the page in such a way";
  } else if (name === "NotAllowedError" || name === "SecurityError") {
    why = framed
      ? "this page stands in a frame that may not use it. Open the page in a tab of its own"
      : "the browser does not allow it here. Allow it beside the address and press Camera again";
  } else if (name === "NotFoundError") {
    why = "none was found. Connect one and press Camera again";
  } else if (name === "NotReadableError" || name === "AbortError") {
    why = "another program seems to use it. Close that one and press Camera again";
  }
  return `camera: ${why}, or upload a picture.`;
}
