import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FileItem, SiteConfig, Viewer } from "@/api/wire";
import { chooseViewers, fillTemplate, hostOf, isTrusted, rememberViewer, trust } from "./viewers";

const viewer = (id: string, exts: string[], more: Partial<Viewer> = {}): Viewer => ({ id, type: "builtin", display_name: id, exts, ...more });
const config: SiteConfig = {
  file_viewers: [
    {
      viewers: [
        viewer("office", ["docx", "pdf"], { type: "custom", url: "https://x/{$src}", max_size: 100 }),
        viewer("pdf", ["pdf"]),
        viewer("markdown", ["md"]),
        viewer("monaco", ["md", "txt"]),
        viewer("archive", ["zip"], { required_group_permission: [5] }),
        viewer("photopea", ["psd"]),
        viewer("collabora", ["odt", "txt"], { type: "wopi" }),
      ],
    },
  ],
};
const file = (name: string, size = 10) => ({ type: 0, name, size, path: `cloudreve://my/${name}` }) as FileItem;
const ids = (name: string, size?: number, permission?: string) => chooseViewers(file(name, size), config, permission).fitting.map((each) => each.id);

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });
});
afterEach(() => vi.unstubAllGlobals());

describe("choosing a viewer", () => {
  it("offers none whose sessions the server does not host", () => {
    expect(ids("letter.odt")).toEqual([]);
    expect(ids("letter.txt")).toEqual(["monaco"]);
  });

  it("prefers what is built in, then what the user chose", () => {
    expect(ids("a.pdf")).toEqual(["pdf", "office"]);
    rememberViewer("md", "monaco");
    expect(ids("a.md")).toEqual(["monaco", "markdown"]);
  });

  it("leaves out what is too large, not allowed, or not part of the page", () => {
    expect(ids("a.docx", 101)).toEqual([]);
    expect(ids("a.zip")).toEqual([]);
    expect(ids("a.zip", 10, "IA==")).toEqual(["archive"]);
    expect(ids("a.psd")).toEqual(["image"]);
  });

  it("falls back to the kind of file where the site says nothing", () => {
    expect(ids("a.rs")).toEqual(["monaco"]);
    expect(ids("a.unknown")).toEqual([]);
  });
});

describe("leave to show files elsewhere", () => {
  const outside = (url: string) => viewer("office", ["docx"], { type: "custom", url });
  const google = outside("https://docs.google.com/gview?url={$src}");

  it("names the host, if there is one", () => {
    expect(hostOf(google)).toBe("docs.google.com");
    expect(hostOf(outside("http://office.lan:8080/{$id}"))).toBe("office.lan:8080");
    expect(hostOf(outside("javascript:alert(1)"))).toBeUndefined();
    expect(hostOf(outside("{$src_raw}"))).toBeUndefined();
    expect(hostOf(viewer("office", []))).toBeUndefined();
  });

  it("is given for one viewer at one host, by one account", () => {
    expect(isTrusted(google, "anna")).toBe(false);
    trust(google, "anna");
    expect(isTrusted(google, "anna")).toBe(true);
    expect(isTrusted(google, "bert")).toBe(false);
    expect(isTrusted(outside("https://evil.example.com/?{$src}"), "anna")).toBe(false);
    expect(isTrusted({ ...google, id: "other" }, "anna")).toBe(false);
  });
});

describe("addresses of outside viewers", () => {
  it("fill in what is known and keep the rest", () => {
    expect(fillTemplate("https://v/?u={$src}&n={$name}&x={$y}", { src: "a%2Fb", name: "c" })).toBe("https://v/?u=a%2Fb&n=c&x={$y}");
  });
});
