/** Fields in sentences of the server, which calls them as its API does. */
import i18next from "i18next";
import type { Field } from "./types";

type Named = Pick<Field, "name" | "said">;

/** Names of one word are words of other sentences as well: what is meant by them stands at the beginning. */
const pattern = ({ name }: Named) => new RegExp(name.includes("_") ? `(?<![\\w/.:])${name}(?![\\w/])` : `^${name}(?=[ :])`, "g");

/** The same with the names that the form gives them. */
export const inWords = (text: string, fields: readonly Named[]): string =>
  fields.reduce((all, field) => all.replace(pattern(field), () => i18next.t("admin.quoted", { name: i18next.t(`admin.fields.${field.said ?? field.name}`) })), text);

/** Whether one of them is meant. */
export const isMeant = (text: string, fields: readonly Named[]): boolean => fields.some((field) => pattern(field).test(text));
