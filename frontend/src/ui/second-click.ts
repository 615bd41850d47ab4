/** Two quick clicks in one place are meant as one: the second would hit what the first has brought up, or laid bare. */
const SECOND_CLICK_MS = 350;
const SAME_PLACE_PX = 30;

interface Click {
  clientX: number;
  clientY: number;
  /** 0 for a key. */
  detail: number;
}

/** @param only a second one of this kind; a mouse that opens something does so with its second click */
export function ignoreSecondClick(first: Click, only?: "touch") {
  if (first.detail === 0) return;
  const ignore = (event: MouseEvent) => {
    const near = Math.hypot(event.clientX - first.clientX, event.clientY - first.clientY) < SAME_PLACE_PX;
    if (!near || event.detail === 0 || (only && (event as PointerEvent).pointerType !== only)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  // What belongs to the first one itself is over with this event.
  setTimeout(() => window.addEventListener("click", ignore, { capture: true }));
  setTimeout(() => window.removeEventListener("click", ignore, { capture: true }), SECOND_CLICK_MS);
}
