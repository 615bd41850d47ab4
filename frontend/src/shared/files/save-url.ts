/** Hands a link to the browser like any other download. */
export function saveUrl(url: string) {
  const anchor = Object.assign(document.createElement("a"), { href: url, download: "", rel: "noopener" });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
}
