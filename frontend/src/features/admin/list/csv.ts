/** Rows as a file for spreadsheets, which must not take what people wrote for formulas. */
const FORMULA = /^[=+\-@\t\r]/;

function field(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  // Always: where lists are separated by semicolons, one in a bare field would begin another.
  return `"${safe.replaceAll('"', '""')}"`;
}

export const csv = (rows: string[][]) => rows.map((row) => row.map(field).join(",")).join("\r\n");

/** Has the browser save a table, with the mark that spreadsheets know UTF-8 by. */
export const save = (name: string, text: string) => saveBlob(name, new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));

export function saveBlob(name: string, blob: Blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
