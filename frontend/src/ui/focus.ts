/** Where the focus goes when what had it is gone, so that keys go on where people were. */
import { useEffect } from "react";

/** What a dialog that is opened now belongs to: whatever has the focus, or the button of the menu that is open. */
export function opener(): Element | null {
  const menu = document.activeElement?.closest("[role=menu]");
  return menu ? document.querySelector(`[aria-controls="${menu.id}"]`) : document.activeElement;
}

/** What is hidden keeps the focus for a moment more, and cannot be given it. */
const isShown = (element: Element | null): element is Element => !!element && element !== document.body && element.getClientRects().length > 0;

/** Focuses it again unless something else has taken the focus; if it is gone or hidden as well, the list or the page. */
export function giveFocusBack(to: Element | null) {
  requestAnimationFrame(() => {
    if (isShown(document.activeElement)) return;
    const there = to instanceof HTMLElement && isShown(to) && to.tabIndex >= 0;
    const place = there ? to : (document.querySelector<HTMLElement>("[data-grid]") ?? document.getElementById("main"));
    place?.focus({ preventScroll: true });
  });
}

/** For what hides others as long as it is shown: keys go on in the list where one of them had the focus. */
export function useFocusSeen(hides: boolean) {
  useEffect(() => {
    // Dialogs and menus give it back when they close.
    if (hides && !document.querySelector('[role="dialog"], [role="menu"]')) giveFocusBack(null);
  }, [hides]);
}

/** For what takes the focus as long as it is shown. */
export function useFocusBack() {
  useEffect(() => {
    const before = opener();
    return () => giveFocusBack(before);
  }, []);
}

/** Keeps the focus inside what is shown above all else, though the part that had it is replaced by another. */
export function useFocusKept(content: HTMLElement | null) {
  useEffect(() => {
    if (!content) return;
    let last: EventTarget | null = document.activeElement;
    const enter = (event: FocusEvent) => (last = event.target);
    const look = new MutationObserver(() => {
      // Browsers say nothing when what is focused is taken away: the page as a whole has the focus then.
      const lost = !document.activeElement || document.activeElement === document.body;
      if (lost && last instanceof Element && !last.isConnected) (content.querySelector<HTMLElement>("[data-autofocus]") ?? content).focus({ preventScroll: true });
    });
    content.addEventListener("focusin", enter);
    look.observe(content, { childList: true, subtree: true });
    return () => {
      content.removeEventListener("focusin", enter);
      look.disconnect();
    };
  }, [content]);
}
