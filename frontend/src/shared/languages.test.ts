import i18next from "i18next";
import { beforeEach, describe, expect, it, vi } from "vitest";

const kept = new Map<string, string>();
vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });
vi.stubGlobal("navigator", { languages: ["en-GB"] });
vi.stubGlobal("document", { documentElement: { lang: "" } });

let { chooseLanguage, followAccount, startLanguage } = await import("./languages");
await startLanguage();

/** What is kept stays, what the page knew is gone. */
async function reload() {
  vi.resetModules();
  ({ chooseLanguage, followAccount, startLanguage } = await import("./languages"));
}

let number = 0;
/** Another account each time: each is compared once a page. */
const follow = (known: string | undefined, now: string | undefined) => followAccount(`account${++number}`, known, now);

beforeEach(() => chooseLanguage("en"));

describe("the language of the account", () => {
  it("is followed when it was changed elsewhere, and remembered", async () => {
    await follow("en-US", "zh-CN");
    expect(i18next.language).toBe("zh-CN");
    expect(kept.get("alcove.language")).toBe("zh-CN");
    expect(document.documentElement.lang).toBe("zh-CN");
    await follow("zh-CN", "en-US");
    expect(i18next.language).toBe("en");
    await follow(undefined, "zh-Hans");
    expect(i18next.language).toBe("zh-CN");
  });

  it("does not take the place of what was chosen in this browser", async () => {
    await follow("zh-CN", "zh-CN");
    expect(i18next.language).toBe("en");
  });

  it("is not followed where it is none of ours, or nothing was said", async () => {
    await chooseLanguage("zh-CN");
    await follow("zh-CN", "de-DE");
    await follow("zh-CN", undefined);
    expect(i18next.language).toBe("zh-CN");
  });

  it("is compared once a page, and followed by the next one", async () => {
    await followAccount("anna", "en-US", "en-US");
    await followAccount("anna", "en-US", "zh-CN");
    expect(i18next.language).toBe("en");
    await reload();
    // The second answer is what is known of the account by now.
    await followAccount("anna", "zh-CN", "zh-CN");
    expect(kept.get("alcove.language")).toBe("zh-CN");
  });
});
