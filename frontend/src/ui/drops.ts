/** Files that are dropped where nothing takes them: without this the browser leaves the page to show them. */
export function refuseStrayDrops(): void {
  const refuse = (event: DragEvent) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  };
  // On the window they come last, after whatever on the page takes files.
  window.addEventListener("dragover", refuse);
  window.addEventListener("drop", refuse);
}
