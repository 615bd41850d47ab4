/** What the browser calls the page: what lies on top of it, then the site. */
import { useEffect } from "react";
import { shownName } from "./names";

const parts: { name: string }[] = [];
let site = "";

function write() {
  document.title = [shownName(parts.at(-1)?.name ?? ""), site].filter(Boolean).join(" – ");
}

export function nameSite(title: string) {
  site = title;
  write();
}

/** Names the page for as long as the caller is shown. */
export function useTitle(name: string | undefined) {
  useEffect(() => {
    if (!name) return;
    const part = { name };
    parts.push(part);
    if (site) write();
    return () => {
      parts.splice(parts.indexOf(part), 1);
      if (site) write();
    };
  }, [name]);
}
