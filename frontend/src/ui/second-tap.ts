/** Two quick taps in one place are meant as one: the second would hit what the first has opened. */
const SECOND_TAP_MS = 350;
const SAME_PLACE_PX = 30;

export function ignoreSecondTap(first: { clientX: number; clientY: number }) {
  const ignore = (event: MouseEvent) => {
    const near = Math.hypot(event.clientX - first.clientX, event.clientY - first.clientY) < SAME_PLACE_PX;
    if (!near || (event as PointerEvent).pointerType !== "touch") return;
    event.preventDefault();
    event.stopPropagation();
  };
  // What belongs to the first tap itself is over with this event.
  setTimeout(() => window.addEventListener("click", ignore, { capture: true }));
  setTimeout(() => window.removeEventListener("click", ignore, { capture: true }), SECOND_TAP_MS);
}
