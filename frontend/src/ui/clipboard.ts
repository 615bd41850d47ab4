/**
 * The clipboard where the browser withholds it: pages that came without HTTPS, as they do in most
 * homes. Copying goes through a field that is there for a moment only.
 */
export function mendClipboard() {
  if (navigator.clipboard) return;
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText } });
}

async function writeText(text: string): Promise<void> {
  const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  field.style.cssText = "position:fixed;opacity:0;inset-block-start:0";
  // Inside an open dialog nothing outside of it can take the focus.
  const home = document.activeElement?.closest('[role="dialog"]') ?? document.body;
  const before = document.activeElement;
  home.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  if (!done) throw new Error("copying is not allowed");
}
