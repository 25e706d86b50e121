// The page: its rooms, the navigation between them, and what they share.

import { button, el, fill, notice, sentence } from "locality/parts/dom";
import { isDark } from "locality/parts/colour";
import { readState } from "locality/parts/state";
import { embeddedSource, pictureOf } from "locality/source";
import { room as arithmetic } from "locality/rooms/arithmetic";
import { room as grain } from "locality/rooms/grain";
import { room as kernels } from "locality/rooms/kernels";
import { room as network } from "locality/rooms/network";
import { room as sharing } from "locality/rooms/sharing";

/**
 * What every room is handed.
 * @typedef {object} PageContext
 * @property {import("locality/source").Source} source   where the scene's arrays come from
 * @property {import("locality/parts/state").State} state   what is shown, kept in the address
 * @property {import("locality/source").Picture[]} pictures   the scene's own pictures, in the network's shape
 * @property {import("locality/source").Picture[]} samples   photographs for every room
 */

/**
 * A room of the page. `mount` builds it inside `root` when it is first entered and gives back what redraws it: after
 * the colours changed, the window's size, or the address.
 * @typedef {object} Room
 * @property {string} id @property {string} title @property {string} about   one sentence under the title
 * @property {(root: HTMLElement, page: PageContext) => (void | (() => void)) | Promise<void | (() => void)>} mount
 */

/** @type {Room[]} */
const ROOMS = [network, kernels, arithmetic, grain, sharing];
const THEMES = /** @type {const} */ (["auto", "light", "dark"]);

/** Build the page inside a document: a saved file's own scene, or what the lab serves. */
export async function start() {
  const root = /** @type {HTMLElement} */ (document.getElementById("page"));
  const lab = document.querySelector("meta[name=locality]")?.getAttribute("content") === "lab";
  try {
    if (lab) {
      const { mountLab } = await import("locality/lab");
      const bar = el("div", { class: "lab" });
      const body = el("div");
      fill(root, bar, body);
      await mountLab(bar, (/** @type {import("locality/source").Source} */ source) => open(body, source));
    } else await open(root, await embeddedSource(document));
  } catch (error) {
    fill(root, el("main", { class: "room" }, el("h1", {}, "This page could not be opened"), el("p", { class: "notice bad" }, sentence(error))));
    throw error;
  }
}

let opened = new AbortController(); // ends what the network shown before still listens to

/** Show a source, in place of what was there. @param {HTMLElement} root @param {import("locality/source").Source} source */
async function open(root, source) {
  opened.abort();
  opened = new AbortController();
  const { signal } = opened;
  const scene = source.scene;
  document.title = `${scene.title} · locality`;
  const state = readState(ROOMS.map((room) => room.id), signal);
  const pictures = await Promise.all(scene.pictures.map((plain) => pictureOf(source, plain)));
  const samples = await Promise.all(scene.samples.map((plain) => pictureOf(source, plain)));
  /** @type {PageContext} */
  const page = { source, state, pictures, samples };
  /** @type {Map<string, {element: HTMLElement, redraw: () => void}>} */
  const made = new Map();
  const tabs = ROOMS.map((room) =>
    el("a", { href: `#${room.id}`, onclick: (/** @type {Event} */ event) => (event.preventDefault(), state.enter(room.id), show(true)) }, room.title));
  const body = el("div", { class: "rooms" });
  fill(root,
    el("header", { class: "top" },
      el("a", { class: "skip", href: "#room", onclick: (/** @type {Event} */ event) => (event.preventDefault(), /** @type {HTMLElement | null} */ (body.querySelector("main:not([hidden]) h1"))?.focus()) }, "Skip to the room"),
      el("p", { class: "brand" }, el("strong", {}, "locality"), el("span", {}, scene.title)),
      el("nav", { "aria-label": "Rooms" }, tabs),
      themeButton(() => made.forEach(({ redraw }) => redraw()))),
    body);

  async function show(byHand = false) {
    const room = /** @type {Room} */ (ROOMS.find(({ id }) => id === state.room));
    ROOMS.forEach(({ id }, i) => tabs[i].setAttribute("aria-current", id === room.id ? "page" : "false"));
    for (const [id, { element }] of made) element.hidden = id !== room.id;
    const known = made.get(room.id);
    if (known) known.redraw();
    else {
      const said = notice();
      const content = el("div", { class: "content" });
      const element = el("main", { class: "room", id: `room-${room.id}` },
        el("h1", { tabIndex: -1 }, room.title), el("p", { class: "about" }, room.about), said.element, content);
      made.set(room.id, { element, redraw: () => {} });
      body.append(element);
      try {
        made.set(room.id, { element, redraw: (await room.mount(content, page)) || (() => {}) });
      } catch (error) {
        said.warn(sentence(error));
        console.error(error);
      }
    }
    if (byHand) window.scrollTo(0, 0);
  }

  state.onChange(() => show());
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resized;
  addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => made.get(state.room)?.redraw(), 100);
  }, { signal });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => made.forEach(({ redraw }) => redraw()), { signal });
  await show();
}

/** The button that changes the colours: as the system has them, light, dark. @param {() => void} redraw */
function themeButton(redraw) {
  const element = button("", () => {
    const next = THEMES[(THEMES.indexOf(/** @type {any} */ (document.documentElement.dataset.theme ?? "auto")) + 1) % THEMES.length];
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    said();
    redraw();
  }, { class: "theme" });
  function said() {
    const theme = document.documentElement.dataset.theme ?? "auto";
    element.textContent = { auto: "◐", light: "○", dark: "●" }[theme] ?? "◐";
    element.title = `Colours: ${theme === "auto" ? "as your system has them" : theme}. Click for others.`;
    element.setAttribute("aria-label", element.title);
    document.documentElement.style.colorScheme = isDark() ? "dark" : "light";
  }
  said();
  return element;
}
