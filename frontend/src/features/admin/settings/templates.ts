/** A letter in one language, as settings keep it. */
export interface Template {
  language: string;
  title: string;
  body: string;
}

const isTemplate = (one: unknown): one is Template =>
  typeof one === "object" && one !== null && ["language", "title", "body"].every((name) => typeof (one as Record<string, unknown>)[name] === "string");

/** The letter in all its languages; nothing if the text is something else. */
export function templatesOf(text: string): Template[] | undefined {
  try {
    const all: unknown = JSON.parse(text);
    return Array.isArray(all) && all.length > 0 && all.every(isTemplate) ? all : undefined;
  } catch {
    return undefined;
  }
}

/** With line breaks if it had some. */
export const textOf = (templates: Template[], before: string) => JSON.stringify(templates, null, before.includes("\n") ? 2 : undefined);
