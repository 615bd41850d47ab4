import { expect, it } from "vitest";
import { fill, unknownIn } from "./fill";
import { templatesOf } from "./templates";

const VALUES = { "User.Nick": "<Ada>", Url: "https://a.example/?a=1&b=2" };

it("fills letters in as the server does", () => {
  expect(fill('<a href="{{ .Url }}">{{.User.Nick}}</a>', VALUES, true)).toBe('<a href="https://a.example/?a=1&amp;b=2">&lt;Ada&gt;</a>');
  expect(fill("Hello {{ .User.Nick }} {{ .Url }}", VALUES, false)).toBe("Hello <Ada> https://a.example/?a=1&b=2");
  expect(fill("a  {{- .Url -}}  b {{ if .X }}c{{", VALUES, false)).toBe("ahttps://a.example/?a=1&b=2b c{{");
  expect(fill("{{ .Url }} {{- .User.Nick }} {{ Url }}", VALUES, false)).toBe("https://a.example/?a=1&b=2<Ada> ");
});

it("says what stands for nothing", () => {
  expect(unknownIn("{{ .Url }}{{ .Odd }}{{ if .Url }}{{.Odd}}", VALUES)).toEqual([".Odd", "if .Url"]);
});

it("reads letters, and nothing that is none", () => {
  expect(templatesOf('[{"language":"de-DE","title":"t","body":"b"}]')).toHaveLength(1);
  for (const text of ["", "[]", "{}", '[{"language":"de-DE"}]', "[null]"]) expect(templatesOf(text)).toBeUndefined();
});
