import { expect, it, vi } from "vitest";

const sent: string[] = [];
vi.mock("@/api/client", () => ({
  api: {
    patch: async (_path: string, { body }: { body: { language: string } }) => {
      // The first takes longest, and one of them fails.
      await new Promise((done) => setTimeout(done, sent.length === 0 ? 30 : 1));
      sent.push(body.language);
      if (body.language === "xx") throw new Error("refused");
    },
  },
}));

it("what is chosen last is what stays, whichever answer comes first", async () => {
  const { changeSettings } = await import("./data/settings");
  const chosen = ["zh-CN", "xx", "en-US"].map((language) => changeSettings({ language }));
  const ends = await Promise.allSettled(chosen);
  expect(ends.map((end) => end.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(sent).toEqual(["zh-CN", "xx", "en-US"]);
});
