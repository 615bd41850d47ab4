import { expect, it } from "vitest";
import { csv } from "./csv";

it("quotes every field, and defuses what would be a formula", () => {
  expect(csv([["a", 'b "c"', "d,e"], ["=1+1", "-2", "@x"]])).toBe(
    '"a","b ""c""","d,e"\r\n"\'=1+1","\'-2","\'@x"',
  );
});
