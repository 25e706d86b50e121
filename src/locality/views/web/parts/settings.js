// What a room shows, kept in the address so that a link reopens it, and the controls that change it.

/** `onChange` may change `now` further.
 *  @template {Record<string, string | number | boolean>} T @param {import("locality/parts/state").State} state
 *  @param {T} usual @param {(changed: Partial<T>) => void} onChange */
export function settings(state, usual, onChange) {
  const now = /** @type {Record<string, any>} */ ({ ...usual });
  const names = Object.keys(usual);
  const { room } = state;
  /** @type {Map<string, (value: any) => boolean>} */
  const allowed = new Map();
  /** @type {(() => void)[]} */
  const controls = [];
  const TYPED = { number: Number, string: String, boolean: (/** @type {string} */ text) => text === "true" };
  /** @param {string} name @param {unknown} text */
  const typed = (name, text) => TYPED[/** @type {"number"} */ (typeof usual[name])](String(text));
  /** @param {string} name */
  const plain = (name) => (typeof now[name] === "boolean" ? now[name] : String(now[name]));
  const keep = () => state.set(Object.fromEntries(names.map((name) =>
    [name, now[name] === usual[name] ? null : String(now[name])])));

  /** @param {Partial<T>} changed */
  function put(changed) {
    Object.assign(now, changed);
    onChange(changed);
    for (const set of controls) set();
    keep();
  }

  /** A control that sets one of them. @template {{element: HTMLElement, set: (value: any) => void}} C
   *  @param {(given: any) => C} make @param {string} name @param {Record<string, any>} given */
  function bind(make, name, given) {
    const onInput = (/** @type {unknown} */ x) => put(/** @type {any} */ ({ [name]: typed(name, x) }));
    const control = make({ value: plain(name), ...given, onInput });
    const options = given.options?.map((/** @type {string | [string]} */ one) => [one].flat()[0]);
    allowed.set(name, (x) => (options ? options.includes(String(x)) : !(x < given.min || x > given.max)));
    // A field in which someone types is left alone.
    controls.push(() => control.element.contains(document.activeElement) || control.set(plain(name)));
    return control;
  }

  /** Show what the address says; where it says nothing of this, the same again. */
  function open() {
    if (state.room !== room) return; // the address is another room's; this one is opened again when it is shown
    const said = names.some((name) => state.get(name) !== null);
    for (const name of said ? names : []) {
      const value = typed(name, state.get(name) ?? usual[name]);
      now[name] = Number.isNaN(value) || allowed.get(name)?.(value) === false ? usual[name] : value;
    }
    put({});
  }

  return { now: /** @type {T} */ (now), put, keep, bind, open };
}
