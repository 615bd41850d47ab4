/** What a form of the console is described by. */
import type { ReactNode } from "react";

export type Value = string | number | boolean;
export type Values = Record<string, Value>;

/** What an input shows besides its value. */
export interface Said {
  label: string;
  description?: string;
  placeholder?: string;
  required?: boolean;
  error?: string;
}

export interface InputProps {
  said: Said;
  value: Value;
  set: (value: Value) => void;
}

export interface Field {
  name: string;
  /** `tags` are one a line; `lines` are a text of several; a `check` is a flag among others. */
  kind: "text" | "secret" | "number" | "bytes" | "flag" | "check" | "choice" | "lines" | "tags";
  /** Its name in the texts “fields” and “hints”, where it is not the one above. */
  said?: string;
  /** Named by the texts “fieldSections”: a heading stands where another one begins. */
  section?: string;
  /** Those that are always the same: what the site has now is read by an `Input`, also while the form is open. */
  choices?: readonly { value: string; label: string }[];
  placeholder?: string;
  required?: boolean;
  /** Without its hint, which does not fit here. */
  plain?: boolean;
  /** Numbers may have a point. */
  decimal?: boolean;
  /** Shown only then; what is not shown keeps its value. */
  when?: (values: Values) => boolean;
  /** What is wrong with it, in words, if anything. */
  check?: (values: Values) => string | undefined;
  /** Draws it, where it is none of the kinds. */
  Input?: (props: InputProps) => ReactNode;
  /** What stands below it, about what the form says now. */
  Below?: (props: { values: Values }) => ReactNode;
}

/** A number that is begun: what a minus stands before is refused, and not made another one. */
export const MINUS = "-";

/** Amounts are never negative; they are refused, and not put right in silence. */
export const isNegative = ({ kind, Input }: Field, value: Value | undefined) => !Input && (kind === "number" || kind === "bytes") && value !== undefined && !(Number(value) >= 0);

/** Whether anything that is shown is wrong. */
export const isWrong = (fields: Field[], values: Values) =>
  fields.some((field) => (field.when?.(values) ?? true) && (field.check?.(values) !== undefined || isNegative(field, values[field.name])));
