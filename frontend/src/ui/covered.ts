/** What lies over the lower edge of the page, such as the panel of uploads: all that scrolls can be scrolled clear of it. */
import { type RefObject, useEffect } from "react";
import { create } from "zustand";

/** Between it and the last entry. */
const GAP = 12;

/** How much is covered, in pixels; style sheets have it as `--covered`. */
export const useCovered = create(() => ({ height: 0 }));

function cover(height: number) {
  useCovered.setState({ height });
  document.documentElement.style.setProperty("--covered", `${height}px`);
}

/** Says that it covers the edge for as long as the caller is shown. */
export function useCovers(element: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const shown = element.current;
    if (!shown) return;
    const watch = new ResizeObserver(() => cover(Math.ceil(innerHeight - shown.getBoundingClientRect().top) + GAP));
    watch.observe(shown);
    return () => {
      watch.disconnect();
      cover(0);
    };
  }, [element]);
}
