/** Two quick clicks in one place are meant as one: the second would hit what the first has brought up, or laid bare. */
const SECOND_CLICK_MS = 400;
const SAME_PLACE_PX = 30;
/** A page that is busy hears of the second one late; the time it was made at counts. */
const LATE_MS = 5000;

interface Click {
  clientX: number;
  clientY: number;
  timeStamp: number;
  /** 0 for a key. */
  detail: number;
}

/** @param only a second one of this kind; a mouse that opens something does so with its second click */
export function ignoreSecondClick(first: Click, only?: "touch") {
  if (first.detail === 0) return;
  // The first one has passed the window already.
  const ignore = (event: MouseEvent) => {
    const near = Math.hypot(event.clientX - first.clientX, event.clientY - first.clientY) < SAME_PLACE_PX;
    const soon = event.timeStamp - first.timeStamp < SECOND_CLICK_MS;
    if (!near || !soon || event.detail === 0 || (only && (event as PointerEvent).pointerType !== only)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("click", ignore, { capture: true });
  setTimeout(() => window.removeEventListener("click", ignore, { capture: true }), LATE_MS);
}
