import { expect, it } from "vitest";
import { themesOf } from "./theme-options";

it("reads the colours of themes, as far as there are some", () => {
  const both = { light: { palette: { primary: { main: "#111" }, secondary: { main: "#222" } } }, dark: { palette: { primary: { main: 3 } } } };
  expect(themesOf(JSON.stringify({ "#111": both }))).toEqual([{ name: "#111", light: ["#111", "#222"], dark: [] }]);
  for (const text of ["", "[]", "null", "{", "1"]) expect(themesOf(text)).toEqual([]);
});
