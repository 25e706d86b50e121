// What the page shows, kept in the address after "#", so that a link opens the same cell: #network?node=conv1&cell=0,3,4
// Only location.hash is set: history.replaceState throws inside a notebook's frame.

/** @param {string[]} rooms   their ids; the first is where the page begins @param {AbortSignal} signal   ends the listening */
export function readState(rooms, signal) {
  let room = rooms[0];
  let given = new URLSearchParams();
  let written = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pending;
  /** @type {(() => void)[]} */
  const listeners = [];

  function read() {
    const [name, rest = ""] = location.hash.replace(/^#/, "").split("?");
    room = rooms.includes(name) ? name : rooms[0];
    given = new URLSearchParams(rest);
    written = location.hash;
  }

  function write() {
    clearTimeout(pending);
    // A hover changes the state many times a second; browsers count how often the address is set.
    pending = setTimeout(() => {
      if (location.hash !== written) return; // a link was followed just now: its hashchange is on the way, and counts
      const rest = given.toString().replaceAll("%2C", ",");
      written = `#${room}${rest ? `?${rest}` : ""}`;
      if (location.hash !== written) location.hash = written;
    }, 150);
  }

  addEventListener("hashchange", () => {
    if (location.hash === written) return;
    read();
    for (const listener of listeners) listener();
  }, { signal });
  read();
  return {
    get room() {
      return room;
    },
    /** Go to another room; what the last one kept is left behind. @param {string} name */
    enter(name) {
      if (name === room) return;
      room = name;
      given = new URLSearchParams();
      write();
    },
    /** What is kept under a name, or null. @param {string} name */
    get: (name) => given.get(name),
    /** Keep some values; null forgets one. @param {Record<string, string | number | null>} values */
    set(values) {
      for (const [name, value] of Object.entries(values)) {
        if (value === null || value === "") given.delete(name);
        else given.set(name, String(value));
      }
      write();
    },
    /** Called when someone opened another address by hand. @param {() => void} listener */
    onChange: (listener) => void listeners.push(listener),
  };
}

/** @typedef {ReturnType<typeof readState>} State */
