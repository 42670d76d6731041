/** Whether the screen is that of a phone, for which phone.css lays the page out. */
export function isNarrow(): boolean {
  return window.matchMedia("(max-width: 700px)").matches;
}
