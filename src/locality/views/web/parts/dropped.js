// Files that are dropped on an element, or pasted anywhere while it can be seen.

/**
 * @param {HTMLElement} element   has the class "over" while something is held over it
 * @param {{take: (files: FileList) => void, complain: (sentence: string) => void}} given
 */
export function catchFiles(element, { take, complain }) {
  let inside = 0; // how many elements, one within the other, the pointer has entered
  const over = (/** @type {number} */ by) => {
    inside = by ? Math.max(0, inside + by) : 0;
    element.classList.toggle("over", inside > 0);
  };
  element.addEventListener("dragenter", () => over(1));
  element.addEventListener("dragleave", () => over(-1));
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    over(0);
    const given = event.dataTransfer;
    if (given?.files.length) take(given.files);
    else if (given?.types.length)
      complain("drop: this is text or a link, not a picture. Save the picture and drop its file.");
    else complain("drop: nothing came with it. Drop the file of a picture.");
  });

  // A file dropped beside the place would make the browser leave the page.
  const beside = (/** @type {DragEvent} */ event) => {
    if (!element.isConnected) stop();
    else if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  };
  const paste = (/** @type {ClipboardEvent} */ event) => {
    if (!element.isConnected) return stop();
    if (event.defaultPrevented || element.getClientRects().length === 0) return;
    const given = event.clipboardData;
    const field = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (field && !given?.files.length) return;
    event.preventDefault();
    if (given?.files.length) take(given.files);
    else if (given?.types.length)
      complain("paste: the clipboard holds text, not a picture. Copy a picture and paste again.");
    else complain("paste: the clipboard is empty. Copy a picture and paste again.");
  };
  function stop() {
    document.removeEventListener("paste", paste);
    document.removeEventListener("dragover", beside);
    document.removeEventListener("drop", beside);
  }
  document.addEventListener("paste", paste);
  document.addEventListener("dragover", beside);
  document.addEventListener("drop", beside);
}
