/** What only a page that somebody sees does. */

/** Who looks at another tab for a moment comes back soon. */
const HIDDEN_MS = 10_000;

/** It is left: kept for the way back, it still counts as visible for a moment. */
let isLeft = false;
if (typeof window !== "undefined") {
  window.addEventListener("pagehide", () => (isLeft = true));
  window.addEventListener("pageshow", () => (isLeft = false));
}

const isShown = () => !isLeft && document.visibilityState === "visible";

/** Resolves once somebody sees the page, or when it is given up. */
export async function untilShown(signal: AbortSignal): Promise<void> {
  if (isShown() || signal.aborted) return;
  const over = new AbortController();
  await new Promise<void>((resolve) => {
    const look = () => (isShown() || signal.aborted) && resolve();
    document.addEventListener("visibilitychange", look, { signal: over.signal });
    window.addEventListener("pageshow", look, { signal: over.signal });
    signal.addEventListener("abort", look, { signal: over.signal });
  });
  over.abort();
}

export interface Shown {
  /** Aborted when nobody has seen the page for a while, or when it is left: a page that is kept for the way back holds nothing. */
  signal: AbortSignal;
  forget: () => void;
}

export function whileShown(): Shown {
  const hidden = new AbortController();
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hide = () => hidden.abort();
  const look = () => {
    clearTimeout(timer);
    if (!isShown()) timer = setTimeout(hide, HIDDEN_MS);
  };
  document.addEventListener("visibilitychange", look, { signal: over.signal });
  window.addEventListener("pagehide", hide, { signal: over.signal });
  return {
    signal: hidden.signal,
    forget: () => {
      clearTimeout(timer);
      over.abort();
    },
  };
}
