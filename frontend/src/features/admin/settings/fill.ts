/** Letters as the server fills them in: names in double braces, with a dash to take blanks away; what is unknown leaves nothing behind. */
const NAMED = /(?:\s*\{\{- |\{\{)(.*?)(?: -\}\}\s*|\}\})/gs;

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);

export type Values = Record<string, string>;

const isName = (expression: string) => expression.trim().startsWith(".");
const nameIn = (expression: string) => expression.trim().replace(/^\./, "");

export function fill(text: string, values: Values, isHtml: boolean): string {
  return text.replace(NAMED, (_all, expression: string) => {
    const value = (isName(expression) && values[nameIn(expression)]) || "";
    return isHtml ? escaped(value) : value;
  });
}

/** What a letter asks for that stands for nothing. */
export function unknownIn(text: string, values: Values): string[] {
  const asked = [...text.matchAll(NAMED)].map(([, expression = ""]) => expression.trim());
  return [...new Set(asked.filter((expression) => !isName(expression) || !(nameIn(expression) in values)))];
}
