import i18next from "i18next";
import { beforeAll, expect, it } from "vitest";
import en from "@/locales/en.json";
import zh from "@/locales/zh-CN.json";
import { wordOfBegin, wordsOfWrong } from "./download-words";

beforeAll(() => i18next.init({ lng: "en", resources: { en: { translation: en }, "zh-CN": { translation: zh } }, interpolation: { escapeValue: false } }).then(() => undefined));

const both = async <T>(say: () => T): Promise<[T, T]> => {
  await i18next.changeLanguage("en");
  const english = say();
  await i18next.changeLanguage("zh-CN");
  return [english, say()];
};

it("what begins a download counts several links, and neither nothing nor one", async () => {
  expect(await both(() => [0, 1, 2].map(wordOfBegin))).toEqual([
    ["Download", "Download", "Download 2"],
    ["下载", "下载", "下载 2 个"],
  ]);
});

it("lines that cannot be fetched are told of one by one, and of a few of many", async () => {
  const said = (wrong: Partial<Parameters<typeof wordsOfWrong>[0]>) => both(() => wordsOfWrong({ links: [], magnets: [], ...wrong }));
  expect(await said({})).toEqual([[], []]);
  expect(await said({ links: ["nowhere"], magnets: ["magnet:?x"] })).toEqual([
    ["This is no link: nowhere", "This is no magnet link of a torrent: magnet:?x"],
    ["这不是链接：nowhere", "这不是种子的磁力链接：magnet:?x"],
  ]);
  expect(await said({ links: ["a", "b", "c", "d"] })).toEqual([["4 lines are no links: a, b, c, …"], ["有 4 行不是链接：a, b, c, …"]]);
  expect((await said({ magnets: [`magnet:?${"x".repeat(90)}`, "magnet:?y"] }))[0]).toEqual([`2 lines are no magnet links of a torrent: magnet:?${"x".repeat(52)}…, magnet:?y`]);
});
