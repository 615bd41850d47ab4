/** Themes as settings keep them: by their main colour, what they are on light and on dark. */
export interface Theme {
  name: string;
  light: string[];
  dark: string[];
}

type Tree = Record<string, unknown>;

const below = (tree: unknown, name: string): unknown => (typeof tree === "object" && tree !== null ? (tree as Tree)[name] : undefined);

function coloursOf(options: unknown, scheme: string): string[] {
  const palette = below(below(options, scheme), "palette");
  const main = ["primary", "secondary"].map((part) => below(below(palette, part), "main"));
  return [...new Set(main.filter((colour) => typeof colour === "string"))];
}

/** None if the text is something else. */
export function themesOf(text: string): Theme[] {
  try {
    const all: unknown = JSON.parse(text);
    if (typeof all !== "object" || all === null || Array.isArray(all)) return [];
    return Object.entries(all).map(([name, options]) => ({ name, light: coloursOf(options, "light"), dark: coloursOf(options, "dark") }));
  } catch {
    return [];
  }
}
