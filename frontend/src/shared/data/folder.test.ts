import { beforeEach, describe, expect, it, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => {} });
const asked: URL[] = [];
const Plain = Request;
vi.stubGlobal("Request", class extends Plain {
  constructor(path: string, init?: RequestInit) {
    super(new URL(path, "http://alcove.test"), init);
  }
});

const { keys } = await import("@/api/keys");
const { queryClient } = await import("@/api/query-client");
const { MY_ROOT } = await import("@/api/uri");
const { folderQuery, refreshTrees, subfoldersQuery } = await import("./folder");

const folder = (name: string, has_subfolders: boolean) => ({ name, path: `${MY_ROOT}${name}`, type: 1, has_subfolders });

beforeEach(() => {
  queryClient.clear();
  asked.length = 0;
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(new URL(request.url));
    const data = { files: [folder("b", true), folder("a", false), { name: "c", path: `${MY_ROOT}c`, type: 0 }], pagination: { page: 0, page_size: 10 } };
    return new Response(JSON.stringify({ code: 0, msg: "", data }));
  });
});

describe("the folders in a folder", () => {
  it("say of themselves whether there are others in them", async () => {
    const found = await queryClient.fetchQuery(subfoldersQuery(MY_ROOT));
    expect(found.map(({ name, has_subfolders }) => [name, has_subfolders])).toEqual([["a", false], ["b", true]]);
    expect(asked[0]?.searchParams.get("subfolders")).toBe("true");
    // For a list nobody has to find that out.
    await queryClient.fetchInfiniteQuery(folderQuery(MY_ROOT));
    expect(asked[1]?.searchParams.has("subfolders")).toBe(false);
  });

  it("are read again with the folder above, which tells whether there are any", () => {
    const known = [MY_ROOT, `${MY_ROOT}a`, `${MY_ROOT}a/b`, `${MY_ROOT}d`];
    for (const uri of known) queryClient.setQueryData(keys.subfolders(uri), []);
    refreshTrees(`${MY_ROOT}a/b`);
    const stale = known.filter((uri) => queryClient.getQueryState(keys.subfolders(uri))?.isInvalidated);
    expect(stale).toEqual([`${MY_ROOT}a`, `${MY_ROOT}a/b`]);
  });
});
