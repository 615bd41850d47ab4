import { beforeEach, expect, it, vi } from "vitest";

const post = vi.hoisted(() => vi.fn());
vi.mock("@/api/client", () => ({ api: { post } }));
const { unpackEach } = await import("./extract");

beforeEach(() => {
  post.mockReset();
  post.mockImplementation((_path: string, { body }: { body: { src: string[] } }) => Promise.resolve({ id: body.src[0] }));
});

it("each archive becomes a task of its own, one after the other", async () => {
  const begun = await unpackEach(["a.zip", "b.7z"], (archive) => ({ dst: `of ${archive}` }));
  expect(begun).toEqual({ tasks: [{ id: "a.zip" }, { id: "b.7z" }], rest: [] });
  expect(post.mock.calls.map(([, { body }]) => body)).toEqual([
    { src: ["a.zip"], dst: "of a.zip" },
    { src: ["b.7z"], dst: "of b.7z" },
  ]);
});

it("what was begun before one is refused has begun, and the rest is left", async () => {
  post.mockImplementationOnce(() => Promise.resolve({ id: "a" })).mockImplementationOnce(() => Promise.reject(new Error("too many")));
  const { tasks, rest, error } = await unpackEach(["a", "b", "c"], () => ({ dst: "x" }));
  expect(tasks).toEqual([{ id: "a" }]);
  expect(rest).toEqual(["b", "c"]);
  expect(String(error)).toContain("too many");
  expect(post).toHaveBeenCalledTimes(2);
});

it("an archive whose folder cannot be made is left as well", async () => {
  const { tasks, rest } = await unpackEach(["a"], () => Promise.reject(new Error("no room")));
  expect([tasks, rest]).toEqual([[], ["a"]]);
  expect(post).not.toHaveBeenCalled();
});
