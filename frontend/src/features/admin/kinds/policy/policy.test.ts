import { readFileSync } from "node:fs";
import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import texts from "@/locales/admin/en.json";
import { inWords, isMeant } from "../../form/named";
import { freeName, newPolicy } from "./defaults";
import { fieldsOf } from "./fields";
import { KINDS, kindOf, OFFERED, TYPES } from "./kinds";
import { canBeMember, meaningOf } from "./mirror";
import { policyOf, valuesOf } from "./values";
import { CHAPTERS, example, isUnique } from "./variables";

const NOON = new Date(2026, 2, 4, 12, 5, 6);
/** With what nobody can know beforehand. */
const begin = (kind: (typeof KINDS)[number], name: string) => {
  const policy = newPolicy(kind, name);
  return kind === "mirror" ? { ...policy, settings: { ...(policy.settings as object), members: [2, 3] } } : policy;
};
const all = (kind: (typeof KINDS)[number]) => Object.values(fieldsOf(kind)).flat();

describe("naming rules", () => {
  it("are shown with values in the place of variables", () => {
    expect(example("uploads/{uid}/{path}", "{datetime}_{originname}", NOON)).toBe("uploads/1/photos/20260304120506_beach.jpg");
    expect(example("/{year}//{nothing}", "{path}{ext}", NOON)).toBe("2026/{nothing}/{path}.jpg");
  });

  it("need something that never repeats", () => {
    expect(isUnique("uploads/{date}", "{uuid}")).toBe(true);
    expect(isUnique("{randomkey8}", "{originname}")).toBe(true);
    expect(isUnique("{uid}/{datetime}", "{originname}")).toBe(false);
  });

  it("have a meaning for every variable", () => {
    const names = CHAPTERS.flatMap(({ variables }) => variables.map(({ name }) => name));
    expect(Object.keys(texts.policy.variables).sort()).toEqual(names.sort());
  });
});

describe.each(KINDS)("the form of %s", (kind) => {
  it("asks nothing twice, and everything by name", () => {
    const fields = all(kind);
    expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
    expect(fields.filter(({ said, name }) => !((said ?? name) in texts.fields))).toEqual([]);
  });

  it("begins with what makes sense, and changes nothing that nobody touched", () => {
    const begun = begin(kind, "New");
    const fields = all(kind);
    const values = valuesOf(fields, begun);
    expect(fields.flatMap(({ check }) => check?.(values) ?? [])).toEqual([]);
    const back = policyOf(fields, values, begun);
    expect(back).toMatchObject(begun);
    expect(policyOf(fields, valuesOf(fields, back), back)).toEqual(back);
  });

  it("keeps what it does not know", () => {
    const before = { ...newPolicy(kind, "Old"), settings: { encryption: true, of_tomorrow: [1] } };
    expect(policyOf(all(kind), valuesOf(all(kind), before), before).settings).toMatchObject({ encryption: true, of_tomorrow: [1] });
  });
});

describe("what the server says of a policy", () => {
  const { connection, files } = fieldsOf("s3");
  const both = [...connection, ...files];

  beforeAll(async () => {
    await i18next.init({ lng: "en", resources: { en: { translation: { admin: texts } } }, interpolation: { escapeValue: false } });
  });

  it("calls fields as the form does, and is mended where they are asked for", () => {
    const bucket = "bucket_name is no name of a bucket: 3 to 63 small letters";
    expect(inWords(bucket, both)).toBe("“Bucket” is no name of a bucket: 3 to 63 small letters");
    expect([isMeant(bucket, connection), isMeant(bucket, files)]).toEqual([true, false]);
    const proxy = "proxy_server must be a whole address, such as https://cdn.example.com";
    expect(inWords(proxy, both)).toBe("“Address of the CDN” must be a whole address, such as https://cdn.example.com");
    expect([isMeant(proxy, connection), isMeant(proxy, files)]).toEqual([false, true]);
    expect(inWords("access_key or secret_key is too long", both)).toBe("“Access key ID” or “Secret access key” is too long");
    expect(inWords("name is too long", both)).toBe("“Name” is too long");
    expect(inWords(bucket, fieldsOf("azure").connection)).toMatch(/^“Container” is/);
    expect(inWords("bucket_name: the folder must not lead out", fieldsOf("webdav").connection)).toMatch(/^“Folder”: the/);
  });

  it("stays as it is where the same word means something else", () => {
    for (const said of ["The storage does not work: the region is wrong (400 proxy_server/x)", "Another policy is called name", "https://files.example/bucket_name"]) expect(inWords(said, both)).toBe(said);
  });
});

describe("what is wrong with an answer is told where it is asked for", () => {
  const wrong = (kind: (typeof KINDS)[number], values: object) => {
    const fields = all(kind);
    const now = { ...valuesOf(fields, begin(kind, "New")), ...values };
    return fields.filter(({ check, when }) => (when?.(now) ?? true) && check?.(now)).map(({ name }) => name);
  };

  it.each(["my bucket", "a/b", "https://files.example", "-files", "files-", "a..b", "ä"])("as %j for a bucket", (name) => {
    expect(wrong("s3", { bucket_name: name })).toEqual(["bucket_name"]);
  });

  it("and not before there is one, or where it is right", () => {
    expect(wrong("s3", { bucket_name: "", server: "" })).toEqual([]);
    expect(wrong("s3", { bucket_name: "my.files-1", server: "http://10.0.0.5:9000", custom_proxy: true, proxy_server: " https://cdn.example.com/x " })).toEqual([]);
    expect(wrong("oss", { server: "oss-cn-hangzhou.aliyuncs.com" })).toEqual([]);
    expect(wrong("azure", { bucket_name: "$web" })).toEqual([]);
    expect(wrong("local", { root: "/mnt/disk" })).toEqual([]);
  });

  it("as addresses and folders that are none", () => {
    expect(wrong("s3", { server: "nowhere at all" })).toEqual(["server"]);
    expect(wrong("s3", { server: "ftp://files.example" })).toEqual(["server"]);
    expect(wrong("s3", { custom_proxy: true, proxy_server: "cdn.example.com" })).toEqual(["proxy_server"]);
    expect(wrong("s3", { custom_proxy: false, proxy_server: "cdn.example.com" })).toEqual([]);
    expect(wrong("qiniu", { proxy_server: "cdn.example.com" })).toEqual(["proxy_server"]);
    expect(wrong("local", { root: "mnt/disk" })).toEqual(["root"]);
    expect(wrong("webdav", { server: "https://cloud.example/dav", bucket_name: "My files/a" })).toEqual([]);
    expect(wrong("webdav", { server: "https://me:secret@cloud.example", bucket_name: "a/../.." })).toEqual(["server", "bucket_name"]);
  });
});

it("proposes a name that no other policy has, and the region that most stores take", () => {
  expect(freeName("S3", [])).toBe("S3");
  expect(freeName("S3", ["S3 ", "S3 3", "Local"])).toBe("S3 2");
  expect(freeName("S3", ["S3", "S3 2"])).toBe("S3 3");
  expect(newPolicy("s3", "S3").settings).toMatchObject({ region: "us-east-1" });
  expect(all("s3").find(({ name }) => name === "region")?.required).toBeFalsy();
});

it("asks for one key where one says whose it is", () => {
  const begun = newPolicy("gcs", "Bucket");
  expect(begun).toMatchObject({ type: "local", is_private: true, settings: { backend: "gcs" } });
  const fields = all("gcs");
  expect(fields.map(({ name }) => name)).not.toContain("access_key");
  // A file has many lines, and they stay.
  const key = '{\n  "type": "service_account"\n}\n';
  const back = policyOf(fields, { ...valuesOf(fields, begun), secret_key: key }, begun);
  expect(back).toMatchObject({ type: "local", access_key: "", secret_key: key, settings: { backend: "gcs" } });
  expect(kindOf(back)).toBe("gcs");
  expect(TYPES).not.toContain("gcs");
});

it("has other clients take for local what they do not know", () => {
  const begun = newPolicy("azure", "Container");
  expect(begun).toMatchObject({ type: "local", is_private: true, settings: { backend: "azure" } });
  const fields = all("azure");
  const back = policyOf(fields, { ...valuesOf(fields, begun), bucket_name: "files" }, begun);
  expect(back).toMatchObject({ type: "local", bucket_name: "files", settings: { backend: "azure" } });
  expect(kindOf(back)).toBe("azure");
  expect(kindOf({ type: "local", settings: { backend: "" } })).toBe("local");
  expect(KINDS.every((kind) => kindOf(newPolicy(kind, "New")) === kind)).toBe(true);
  expect(TYPES).not.toContain("azure");
  expect(newPolicy("mirror", "Twice")).toMatchObject({ type: "local", is_private: false, settings: { backend: "mirror", members: [], quorum: 0 } });
});

it("asks of a WebDAV server no more than where it is, and who may use it", () => {
  const begun = newPolicy("webdav", "Cloud");
  expect(begun).toMatchObject({ type: "local", is_private: false, settings: { backend: "webdav" } });
  const names = all("webdav").map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["server", "bucket_name", "access_key", "secret_key", "chunk_size"]));
  for (const other of ["is_private", "relay", "internal_proxy", "custom_proxy", "thumb_exts", "region"]) expect(names).not.toContain(other);
  expect(TYPES).not.toContain("webdav");
});

it("leaves to the server what is automatic", () => {
  const fields = all("oss");
  const before = { ...newPolicy("oss", "Old"), settings: { native_media_processing: false } };
  const values = valuesOf(fields, before);
  expect(values.native_media_processing).toBe("false");
  expect(policyOf(fields, values, before).settings).toMatchObject({ native_media_processing: false });
  expect(policyOf(fields, { ...values, native_media_processing: "" }, before).settings).not.toHaveProperty("native_media_processing");
});

describe("a mirror", () => {
  const of = (members: number[], quorum = 0) => ({ members: JSON.stringify(members), quorum });

  it("has two to five members", () => {
    const makesSense = (members: number[]) => meaningOf(of(members)) !== undefined;
    expect([[], [2], [2, 3], [2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 7]].map(makesSense)).toEqual([false, false, true, true, false]);
  });

  it("is not made of what is made of others", () => {
    const policies = [{ type: "local" }, { type: "local", settings: { backend: "azure" } }, { type: "local", settings: { backend: "mirror" } }, { type: "load_balance" }];
    expect(policies.map(canBeMember)).toEqual([true, true, false, false]);
  });

  it("says what its quorum means, without a number too", () => {
    expect(meaningOf(of([2, 3]))).toEqual({ members: 2, quorum: 1, kind: "one" });
    expect(meaningOf(of([2, 3], 2))).toEqual({ members: 2, quorum: 2, kind: "all" });
    expect(meaningOf(of([2, 3, 4]))).toEqual({ members: 3, quorum: 2, kind: "some" });
    expect(meaningOf(of([2, 3], 3))).toBeUndefined();
  });

  it("keeps which and how many as numbers", () => {
    const fields = all("mirror");
    const begun = newPolicy("mirror", "Twice");
    const back = policyOf(fields, { ...valuesOf(fields, begun), members: "[4,2]", quorum: 2 }, begun);
    expect(back.settings).toMatchObject({ backend: "mirror", members: [4, 2], quorum: 2 });
  });
});

it("can be begun of the kinds alone that this server has drivers for, and of those that are made of others", () => {
  const factory = readFileSync(new URL("../../../../../../drive/src/policy/factory.rs", import.meta.url), "utf8");
  const registered = factory.slice(factory.indexOf("impl Default for DriverKinds"), factory.indexOf("impl DriverKinds {"));
  const built = [...registered.matchAll(/\.with\((?:Kin\(Vendors::)?(\w+)/g)].map(([, name = ""]) => name.toLowerCase());
  expect(built.length).toBeGreaterThan(5);
  expect([...OFFERED].sort()).toEqual([...built, "mirror", "load_balance"].sort());
});
