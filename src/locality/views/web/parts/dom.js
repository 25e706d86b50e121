// Making elements. Text always goes in as text, never as markup: names of nodes and classes come from strangers.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * An element with its properties and children. `class`, `style`, `for` and whatever holds a hyphen are attributes,
 * functions named on... are listeners, the rest are properties of the element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, any>} [properties] @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name.includes("-") || ["class", "style", "for", "role", "list"].includes(name)) {
      element.setAttribute(name, String(value));
    } else /** @type {any} */ (element)[name] = value;
  }
  add(element, ...children);
  return element;
}

/** Append children, leaving out what is null or false. @param {Element} parent @param {...(Child | Child[])} children */
export function add(parent, ...children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
}

/** Replace what an element holds. @param {Element} parent @param {...(Child | Child[])} children */
export function fill(parent, ...children) {
  parent.replaceChildren();
  add(parent, ...children);
}

/**
 * An SVG element; all that is given are attributes.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag @param {Record<string, string | number>} attributes @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  add(element, ...children);
  return element;
}

/**
 * A place for one sentence beside what it is about: an error, or what was assumed. Screen readers say it.
 * @returns {{element: HTMLElement, say: (sentence: string) => void, warn: (sentence: string) => void, clear: () => void}}
 */
export function notice() {
  const element = el("p", { class: "notice", role: "status", hidden: true });
  const show = (/** @type {string} */ sentence, /** @type {boolean} */ bad) => {
    element.textContent = sentence;
    element.classList.toggle("bad", bad);
    element.hidden = !sentence;
  };
  return {
    element,
    say: (sentence) => show(sentence, false),
    warn: (sentence) => show(sentence, true),
    clear: () => show("", false),
  };
}

/** What went wrong, as a sentence. @param {unknown} error @returns {string} */
export function sentence(error) {
  return error instanceof Error ? error.message : String(error);
}

/** A button. @param {string} text @param {() => void} onclick @param {Record<string, any>} [more] */
export function button(text, onclick, more = {}) {
  return el("button", { type: "button", onclick, ...more }, text);
}

/** Put text on the clipboard; where that is not allowed, false. @param {string} text @returns {Promise<boolean>} */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { value: text, style: "position:fixed;opacity:0" });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** A number in full precision, as short as it can be written without loss. @param {number} x */
export function exact(x) {
  if (Object.is(x, -0)) return "0";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "not a number" : x > 0 ? "∞" : "−∞";
  return String(x).replaceAll("-", "−");
}

/** A number in a few digits, for labels. @param {number} x @param {number} [digits] */
export function short(x, digits = 3) {
  if (!Number.isFinite(x)) return exact(x);
  if (x === 0) return "0";
  const size = Math.abs(x);
  const text = size >= 1e5 || size < 1e-3 ? x.toExponential(digits - 1) : String(Number(x.toPrecision(digits)));
  return text.replaceAll("-", "−");
}

/** A whole number with thin spaces between thousands. @param {number} n */
export function counted(n) {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}
