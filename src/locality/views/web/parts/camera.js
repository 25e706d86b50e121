// The camera's live frames, as the camera sees them: not mirrored.

import { button, el, sentence } from "locality/parts/dom";
import { readPixels } from "locality/picturefile";

const PAUSE = 50; // milliseconds between two frames
const LARGEST = 640; // pixels along the longer side of a frame

/** @type {Record<string, string>} */
const REFUSALS = {
  NotAllowedError: "the browser does not allow it here. Allow it, or open the page in a tab of its own",
  NotFoundError: "none was found. Connect one",
  NotReadableError: "another program seems to use it. Close that one",
};

/** `onFrame` gets pictures until Stop, another tab, another room; `said` says what is the matter.
 *  @param {ReturnType<typeof import("locality/parts/dom").notice>} said @param {() => void} onStart
 *  @param {(picture: import("locality/source").Picture) => void} onFrame */
export function cameraView(said, onStart, onFrame) {
  /** @type {MediaStream | undefined} */
  let stream;
  let run = 0; // counts starts and stops: an answer to a start that was stopped meanwhile is too late
  const video = el("video", { muted: true, playsInline: true, "aria-label": "The camera, not mirrored" });
  const press = button("Camera", () => (isOn() ? stop() : start()), { "aria-pressed": "false" });
  const isOn = () => press.getAttribute("aria-pressed") === "true";
  const element = el("div", { class: "camera", hidden: true }, video,
    el("div", { class: "controls" }, button("Stop", () => stop(), { "aria-label": "Stop the camera" }),
      el("span", { class: "muted" }, "Not mirrored: the network sees what the camera sees.")));

  async function start() {
    const now = ++run;
    press.setAttribute("aria-pressed", "true");
    onStart();
    said.say("Waiting for the camera: allow it where the browser asks.");
    try {
      const wanted = { width: { ideal: LARGEST }, facingMode: { ideal: "environment" } };
      const given = await navigator.mediaDevices.getUserMedia({ video: wanted });
      if (now !== run) return release(given);
      stream = given;
      given.getTracks()[0].onended = () => stop("The camera was unplugged or taken away.");
      video.srcObject = given;
      element.hidden = false;
      await video.play();
      tick(now);
    } catch (error) {
      if (now === run) stop(`camera: ${refusal(error)}, or upload a picture.`);
    }
  }

  /** @param {number} now */
  function tick(now) {
    if (now !== run) return;
    if (document.hidden || element.getClientRects().length === 0) return stop();
    const sides = [video.videoWidth, video.videoHeight];
    const [width, height] = sides.map((side) => Math.round(side * Math.min(1, LARGEST / Math.max(...sides))));
    onFrame(readPixels(video, width, height, "your camera"));
    setTimeout(tick, PAUSE, now);
  }

  function stop(why = "") {
    if (!isOn()) return;
    run++;
    release(stream);
    element.hidden = true;
    press.setAttribute("aria-pressed", "false");
    if (why) said.warn(why);
    else said.say("The camera is off. Its last picture stays.");
  }

  return { element, press, stop };
}

/** @param {MediaStream} [stream] */
const release = (stream) => stream?.getTracks().forEach((track) => track.stop());

/** Why there is no picture, and what to do. @param {unknown} error */
function refusal(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (!window.isSecureContext) return "browsers lend it only to pages from https or this machine. Open the page so";
  return REFUSALS[name] ?? `it gave no picture (${sentence(error)}). Try again`;
}
