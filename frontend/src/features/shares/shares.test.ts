import { expect, it } from "vitest";
import { passwordIn } from "./link";
import { readmeIn } from "./readme-name";

const folder = (...names: string[]) => names.map((name) => ({ name, type: 0 as const }));

it("a link is known to have its password inside", () => {
  expect(passwordIn("https://drive.example.com/s/aBc1/pw123")).toBe("pw123");
  expect(passwordIn("https://drive.example.com/s/aBc1")).toBeUndefined();
  expect(passwordIn("https://drive.example.com/s/aBc1?a=b/c")).toBeUndefined();
});

it("a README is found however it is written", () => {
  expect(readmeIn(folder("a.txt", "readme.MD"))).toBe("readme.MD");
  expect(readmeIn(folder("README.txt", "Readme.md", "README.md"))).toBe("README.md");
  expect(readmeIn(folder("readme.txt"))).toBe("readme.txt");
  expect(readmeIn(folder("readme", "my readme.md"))).toBeUndefined();
  expect(readmeIn([{ name: "README.md", type: 1 }])).toBeUndefined();
});
