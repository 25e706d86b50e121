// What a room keeps in the address, so that a link reopens it: values that are written, and read again when someone
// opened another address.

/**
 * @param {import("locality/parts/state").State} state
 * @param {() => Record<string, string | number | null>} now   what the room shows; null where it is the usual
 */
export function kept(state, now) {
  let names = Object.keys(now());
  const read = () => names.map((name) => state.get(name) ?? "").join("&");
  let written = read();
  const write = () => {
    names = Object.keys(now());
    state.set(now());
    written = read();
  };
  return {
    write,
    /** Whether the address now says something else. The room was left and entered again: it says nothing, and what
     *  is shown is written anew. */
    changed() {
      const found = read();
      if (found === written) return false;
      if (found.replaceAll("&", "") !== "") return true;
      write();
      return false;
    },
    /** A number kept under a name. @param {string} name @param {number} usual */
    number(name, usual) {
      const text = state.get(name);
      return text === null || text === "" || !Number.isFinite(Number(text)) ? usual : Number(text);
    },
  };
}
