import { readFileSync } from "node:fs";
import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import type { Task } from "@/api/wire";
import { canRetry } from "@/shared/task-again";
import { leftBehindOf } from "@/shared/task-left-behind";
import { wayOfTask } from "@/shared/task-name";
import { amountOf, nameOfPart, partsThatSay } from "@/shared/task-parts";
import { fetchedOf, isUnderWay, standingOf } from "@/shared/task-standing";
import { elapsedOf } from "./Elapsed";
import { nameOfTask, placeOfTask } from "./names";
import { goingOn, manyEnded } from "./notice";
import { mainPart, Pace } from "./pace";
import { stayedOf, staysOf } from "./stays";
import { stepsOf } from "./steps";
import { leftOutOf } from "./types";
import { lockedArchive, whyOf } from "./why";

const task = (type: string, status: string, props: object = {}, phase?: string): Task =>
  ({ id: "x", type, status, created_at: "", updated_at: "", summary: { phase, props } }) as unknown as Task;
const part = (current: number, total = 0) => ({ current, total, identifier: "" });

describe("a task", () => {
  it("is called by what it makes, or is made from", () => {
    expect(nameOfTask(task("create_archive", "queued", { src_multiple: ["cloudreve://my/a"], dst: "cloudreve://my/b/h%20i.zip" }))).toBe("h i.zip");
    expect(nameOfTask(task("extract_archive", "queued", { src: "cloudreve://my/x.rar", dst: "cloudreve://my/there" }))).toBe("x.rar");
    expect(nameOfTask(task("relocate", "queued", { src_multiple: ["cloudreve://my/a/b"], dst_policy_id: "y" }))).toBe("b");
    expect(nameOfTask(task("import", "queued", { src_str: "photos", dst: "cloudreve://u@my/Photos" }))).toBe("photos");
    expect(nameOfTask(task("remote_download", "queued", { src: "", src_str: "magnet:?xt=1", download: null }))).toBe("magnet:?xt=1");
    expect(nameOfTask(task("remote_download", "queued", { src: "", src_str: "magnet:?xt=1", download: { name: "linux" } }))).toBe("linux");
    expect(nameOfTask(task("something", "queued"))).toBe("");
    expect(nameOfTask({ ...task("something", "queued"), summary: undefined })).toBe("");
  });

  it("says where it comes from and where it goes, as paths", () => {
    expect(wayOfTask(task("create_archive", "queued", { src_multiple: ["cloudreve://my/a/x%20y", "cloudreve://my/b"], dst: "cloudreve://my/z.zip" }))).toEqual({ from: "/a/x y", sources: 2, to: "/z.zip" });
    expect(wayOfTask(task("remote_download", "queued", { src: "", src_str: "https://a.example/x", dst: "cloudreve://my/In" }))).toEqual({ from: "https://a.example/x", sources: 1, to: "/In" });
    expect(wayOfTask(task("mail", "queued"))).toEqual({ from: undefined, sources: 0, to: undefined });
  });

  it("leads to what it made", () => {
    expect(placeOfTask(task("create_archive", "completed", { src_multiple: [], dst: "cloudreve://my/b/h%20i.zip" }))).toEqual({ folder: "cloudreve://my/b", file: "cloudreve://my/b/h%20i.zip" });
    expect(placeOfTask(task("import", "completed", { src_str: "x", dst: "cloudreve://abc@my/Photos" }))).toEqual({ folder: "cloudreve://my/Photos" });
    expect(placeOfTask(task("relocate", "completed", { src_multiple: ["cloudreve://my/a"] }))).toBeUndefined();
    expect(placeOfTask(task("import", "completed", { dst: "nowhere" }))).toBeUndefined();
  });

  it("is at one step of its way", () => {
    const states = (...of: Parameters<typeof task>) => stepsOf(task(...of)).map(({ name, state }) => `${name} ${state}`);
    expect(states("create_archive", "queued")).toEqual(["queue now", "pack ahead", "save ahead", "done ahead"]);
    expect(states("create_archive", "processing", {}, "upload_archive")).toEqual(["queue done", "pack done", "save now", "done ahead"]);
    expect(states("remote_download", "suspending", {}, "monitor")).toEqual(["queue done", "prepare done", "download now", "keep ahead", "done ahead"]);
    expect(states("remote_download", "suspending", {}, "seeding").slice(3)).toEqual(["keep done", "seed now", "done ahead"]);
    expect(states("extract_archive", "error")).toEqual(["queue done", "unpack failed", "done ahead"]);
    expect(states("extract_archive", "canceled")).toEqual(["queue done", "unpack stopped", "done ahead"]);
    expect(states("import", "completed")).toEqual(["queue done", "takeOver done", "done done"]);
    expect(states("of a newer server", "processing", {}, "odd")).toEqual(["queue done", "work now", "done ahead"]);
  });

  it("lists what was left out, whatever its kind calls that", () => {
    const archive = task("extract_archive", "completed", { failed: 3, report: { left_out: [{ name: "../x", reason: "outside" }], more: 2 } });
    expect(leftOutOf(archive)).toMatchObject({ listed: [{ name: "../x", reason: "outside" }], more: 2, there: 0 });
    const taken = task("import", "completed", { failed: 4, problems: [{ path: "a?", reason: "name" }] });
    expect(leftOutOf(taken)).toMatchObject({ listed: [{ name: "a?", reason: "name" }], more: 3 });
    expect(leftOutOf(task("relocate", "completed", { failed: 2 }))).toMatchObject({ listed: [], more: 2 });
    expect(canRetry(task("relocate", "completed", { failed: 2, can_retry: true }))).toBe(true);
    expect(canRetry(task("relocate", "completed", { failed: 0, can_retry: false }))).toBe(false);
    expect(canRetry(task("import", "completed", { failed: 2 }))).toBe(false);
    expect(canRetry(task("import", "error"))).toBe(true);
  });

  it("tells what was there already from what was left out", () => {
    const [a, b] = [{ name: "a", reason: "exists" }, { name: "b", reason: "link" }];
    const both = task("extract_archive", "completed", { failed: 9, report: { left_out: [a, b], more: 7, exists: 5 } });
    expect(leftOutOf(both)).toEqual({ listed: [b], more: 3, there: 5, listedThere: [a] });
    expect(standingOf(both)).toBe("partly");
    expect(standingOf(task("extract_archive", "completed", { failed: 5, report: { left_out: [a], more: 4, exists: 5 } }))).toBe("completed");
    // A download whose name is taken does not come.
    const download = task("remote_download", "completed", { failed: 1, report: { left_out: [a], more: 0 } });
    expect(leftOutOf(download)).toMatchObject({ listed: [a], there: 0 });
    expect(standingOf(download)).toBe("partly");
  });

  it("says what there is of it when it is stopped, by what the server does", () => {
    const of = (type: string, phase?: string) => staysOf(task(type, "processing", {}, phase));
    expect([of("create_archive", "compress_files"), of("extract_archive", ""), of("relocate", "transfer")]).toEqual(["packed", "unpacked", "done"]);
    expect([of("remote_download"), of("remote_download", "monitor"), of("remote_download", "transfer"), of("remote_download", "seeding")]).toEqual(["fetched", "fetched", "someCame", "allCame"]);
  });

  it("says what stayed of it when it was stopped, if it had begun", () => {
    const of = (type: string, phase?: string, duration = 5) => stayedOf({ ...task(type, "canceled", {}, phase), duration });
    expect([of("create_archive", "compress_files"), of("extract_archive"), of("relocate", "transfer")]).toEqual([undefined, "unpacked", undefined]);
    expect([of("remote_download", "monitor"), of("remote_download", "transfer"), of("remote_download", "seeding")]).toEqual([undefined, "someCame", "allCame"]);
    expect([of("extract_archive", "", 0), stayedOf({ ...task("extract_archive", "completed"), duration: 5 })]).toEqual([undefined, undefined]);
  });

  it("took as long as from its beginning to its end, and goes on until then", () => {
    const lasting = { created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:01:40Z" };
    const at = (seconds: number) => Date.parse(lasting.created_at) + seconds * 1_000;
    expect(elapsedOf({ ...task("import", "completed"), ...lasting }, at(900))).toBe(100);
    expect(elapsedOf({ ...task("import", "suspending"), ...lasting }, at(900))).toBe(900);
    // Begun anew it counts from there.
    expect(elapsedOf({ ...task("import", "completed"), ...lasting, begun_at: "2026-01-01T00:01:30Z" }, at(900))).toBe(10);
    // The clock of the browser may be behind.
    expect(elapsedOf({ ...task("import", "queued"), ...lasting }, at(-5))).toBe(0);
  });

  it("says what a move still keeps where it was, until that may go", () => {
    const left_behind = [
      { policy: "Old", bytes: 3, until: "2026-01-01T00:00:00Z" },
      { policy: "Older", bytes: 4, until: "2025-01-01T00:00:00Z" },
    ];
    const moved = task("relocate", "completed", { left_behind });
    expect(leftBehindOf(moved, Date.parse("2025-06-01T00:00:00Z"))).toEqual([left_behind[0]]);
    expect(leftBehindOf(task("import", "completed"), 0)).toEqual([]);
  });
});

describe("how far a task is", () => {
  beforeAll(() => i18next.init({ lng: "cimode" }).then(() => undefined));

  it("is not told of a part of which nothing is known, while another says something", () => {
    // As 7z tells it: it counts no files before it has packed them.
    const packing = { archive_count: part(0), archive_size: part(5, 50) };
    expect(partsThatSay(packing).map(([key]) => key)).toEqual(["archive_size"]);
    expect(amountOf("archive_count", packing.archive_count)).toBeUndefined();
    expect(amountOf("archive_size", packing.archive_size)).toBe("tasks.of");
    expect(amountOf("archive_count", part(3))).toBe("files.countFiles");
    expect(partsThatSay({ archive_count: part(0) }).map(([key]) => key)).toEqual(["archive_count"]);
  });

  it("names its parts, and a file that is stored by its own name", () => {
    expect(nameOfPart("archive_size", part(1))).toBe("tasks.parts.archive_size");
    expect(nameOfPart("upload_single_0", { ...part(1), identifier: "cloudreve://my/a/b%20c.txt" })).toBe("b c.txt");
  });

  it("is told by whoever fetches a download, as long as it does", () => {
    const download = { total: 10, downloaded: 4 };
    expect(fetchedOf(task("remote_download", "suspending", { download }, "monitor"))).toEqual({ download: { total: 10, current: 4, identifier: "" } });
    expect(fetchedOf(task("remote_download", "processing", { download }, "transfer"))).toBeUndefined();
    expect(fetchedOf(task("remote_download", "suspending", {}, "monitor"))).toBeUndefined();
  });
});

describe("the standing of a task", () => {
  it("is that it runs, also between two looks at its work", () => {
    expect(standingOf({ status: "suspending" })).toBe("processing");
    expect(standingOf({ status: "suspending", summary: { props: { waiting: "downloader" } } })).toBe("waits");
    expect(standingOf({ status: "processing", summary: { props: { waiting: "downloader" } } })).toBe("processing");
    expect(standingOf({ status: "suspending", retrying: true })).toBe("triesAgain");
    expect(standingOf({ status: "error", retrying: true })).toBe("error");
    expect(["suspending", "processing", "queued", "completed"].map((status) => isUnderWay({ status }))).toEqual([true, true, false, false]);
  });

  it("tells what was done whole from what was not", () => {
    expect(standingOf(task("import", "completed", { failed: 2 }))).toBe("partly");
    expect(standingOf(task("import", "completed", { failed: 0 }))).toBe("completed");
  });
});

describe("several tasks that end together", () => {
  beforeAll(() => i18next.init({ lng: "cimode" }).then(() => undefined));

  it("are told of as a failure as soon as one has failed", () => {
    const of = (...failed: boolean[]) => manyEnded(failed.map((each) => ({ failed: each })));
    expect(of(false, false, false)).toEqual({ text: "tasks.ended.many", failed: false });
    expect(of(true, false, false)).toEqual({ text: "tasks.ended.someFailed", failed: true });
    expect(of(true, true, true, true)).toEqual({ text: "tasks.ended.manyFailed", failed: true });
  });

  it("are told together while they come one after the other, and none is forgotten meanwhile", () => {
    const at = (...seconds: number[]) => seconds.map((second) => ({ at: second * 1000 }));
    expect(goingOn(at(0, 3), 3_500)).toHaveLength(2);
    expect(goingOn(at(0, 3), 5_000)).toHaveLength(1);
    expect(goingOn(at(0, 1, 2), 5_000)).toHaveLength(3);
    expect(goingOn(at(0, 1, 2), 6_500)).toHaveLength(0);
  });
});

describe("the pace of a task", () => {
  it("is what came from one answer to the next, and not what came before it was begun anew", () => {
    const pace = new Pace();
    expect(pace.perSecond("upload")).toBe(0);
    pace.mark({ upload: part(100) }, 1_000);
    expect(pace.perSecond("upload")).toBe(0);
    pace.mark({ upload: part(300) }, 2_000);
    pace.mark({ upload: part(300) }, 2_000);
    // Too little is known of it.
    expect(pace.perSecond("upload")).toBe(0);
    pace.mark({ upload: part(500) }, 3_000);
    expect(pace.perSecond("upload")).toBe(200);
    pace.mark({ upload: part(50) }, 4_000);
    expect(pace.perSecond("upload")).toBe(0);
    pace.mark({ upload: part(60) }, 6_000);
    expect(pace.perSecond("upload")).toBe(5);
    pace.mark({}, 7_000);
    expect(pace.perSecond("upload")).toBe(0);
  });

  it("forgets what is long ago", () => {
    const pace = new Pace();
    for (const [at, current] of [[0, 0], [1, 1_000], [10, 1_000], [11, 1_000]] as const) pace.mark({ upload: part(current) }, at * 1_000);
    expect(pace.perSecond("upload")).toBe(0);
  });

  it("is told of the part that says most", () => {
    expect(mainPart({ archive_count: part(3, 9), archive_size: part(5, 50) })).toBe("archive_size");
    expect(mainPart({ archive_count: part(3, 9), archive_size: part(5) })).toBe("archive_count");
    expect(mainPart({ extract_count: part(3), extract_size: part(5) })).toBe("extract_size");
    expect(mainPart({ upload_single_0: part(3, 9) })).toBeUndefined();
    expect(mainPart({})).toBeUndefined();
  });
});

describe("why a task failed", () => {
  // Says which text it is.
  beforeAll(() => i18next.init({ lng: "cimode" }).then(() => undefined));

  it("is said in words of the reader, with what the server said below", () => {
    const word = (error: string) => whyOf(error).said.replace("tasks.why.", "");
    expect(word("incorrect password (40069): the archive is encrypted, and none was given")).toBe("needsPassword");
    expect(word("incorrect password (40069)")).toBe("wrongPassword");
    expect(word("url rejected: 127.0.0.1, a loopback address, is not an address that may be asked")).toBe("rejected");
    expect(word("url rejected: 127.0.0.1 is not an address that may be asked; an administrator can allow it in the settings of the node")).toBe("rejectedHere");
    expect(word("there is no host called nowhere.example")).toBe("noHost");
    expect(word("the server answers 404 Not Found")).toBe("notThere");
    expect(word("the server answers 500 Internal Server Error")).toBe("answers");
    expect(word("aria2 does not answer at http://a: error sending request: client error (Connect)")).toBe("programAway");
    expect(word("there is something of that name already")).toBe("taken");
    expect(word("error sending request: client error (Connect)")).toBe("unreachable");
    for (const [error, expected] of [
      ["no space left in the drive; 4 files (1600000 bytes) were unpacked before, and stay", "noSpace"],
      ["no space left in storage; nothing was unpacked", "noSpace"],
      ["failed to transfer 1 file(s), first 5 errors: a: no space left in storage", "noSpace"],
      ["the disk of the server has no room for this download", "noSpace"],
      ["it is larger than the 3000000 bytes that there is room for", "noSpace"],
      ["there is room for 9 bytes in the drive, of which other downloads that were begun before need 4, and this one 6", "noSpace"],
      ["the archive is larger than the group may unpack: the limit is 50 bytes", "tooLarge"],
      ["there is no such archive", "archiveGone"],
      ["the archive was deleted meanwhile; nothing was unpacked", "archiveGone"],
      ["the stored bytes of the archive are damaged", "damaged"],
      ["the group may not unpack archives any more", "mayNotAnyMore"],
      ["your group may not make archives", "mayNotAnyMore"],
      ["your group may not download from elsewhere any more: ask an administrator", "mayNotAnyMore"],
      ["nothing may be brought into the folder any more; nothing was unpacked", "notAllowed"],
      ["the folder it was to come to is gone", "folderGone"],
      ["the torrent file is not there any more, or may not be read", "noTorrent"],
      ["not a torrent: the path of a file in it leads out of its folder", "badTorrent"],
      ["torrents need aria2 or qBittorrent, and this server has none set up", "needsProgram"],
      ['"x" is not a link', "noSuchLink"],
      ["the downloader gives up and does not say why", "gaveUp"],
      ["none of its files is chosen", "noneChosen"],
      ["the passwords of this task were sealed under a key that is lost", "passwordLost"],
      ["the archive wants more memory than there is for one of its size", "tooMuch"],
      ["the names of its files are longer than 512 KiB together", "tooMuch"],
    ] as const)
      expect(word(error), error).toBe(expected);
    expect(whyOf("the server answers 404 Not Found").detail).toBe("the server answers 404 Not Found");
    expect(whyOf("something new")).toEqual({ said: "something new" });
  });

  it("is said in words of the reader whatever aria2 gives up for", () => {
    const word = (error: string) => whyOf(error).said.replace("tasks.why.", "");
    for (const [error, expected] of [
      ["the server did not answer in time", "noAnswer"],
      ["the server has no such file", "noSuchFile"],
      ["the server has no such file, however often it was asked", "noSuchFile"],
      ["it came more slowly than aria2 is set to wait for", "tooSlow"],
      ["the server cannot be reached, or broke off (aria2: Failed to connect to the host 10.0.0.1, cause: Connection refused)", "unreachable"],
      ["aria2 was stopped before all of it was there", "programStopped"],
      ["it broke off, and the server does not let it go on from there", "noGoingOn"],
      ["the disk of the downloader has no room for it", "noSpace"],
      ["it is another file than when it was begun", "changed"],
      ["aria2 fetches the same file already", "sameAlready"],
      ["aria2 fetches the same torrent already", "sameAlready"],
      ["a file of its name lies in the folder of the downloader already", "inTheWay"],
      ["the downloader cannot rename its file", "downloaderDisk"],
      ["the downloader cannot read or write its file", "downloaderDisk"],
      ["the downloader cannot make its file", "downloaderDisk"],
      ["the downloader cannot make its folder", "downloaderDisk"],
      ["there is no such host (aria2: Could not contact DNS servers)", "noSuchHost"],
      ["it is no Metalink file that can be read", "badMetalink"],
      ["the FTP server refuses (aria2: The response status is not successful. status=550)", "ftpRefuses"],
      ["the server refuses, or its answer makes no sense", "refuses"],
      ["the server refuses, or its answer makes no sense (aria2: The response status is not successful. status=403)", "notForYou"],
      ["the server refuses, or its answer makes no sense (aria2: The response status is not successful. status=502)", "answers"],
      ["the server redirects too often", "redirects"],
      ["the server wants a name and password, or others than it was given", "wantsLogin"],
      ["the torrent is damaged, or lacks something", "damagedTorrent"],
      ["the magnet link cannot be read", "unreadableMagnet"],
      ["aria2 does not take an option that the node or the group has for it", "programOptions"],
      ["the server has too much to do, or is being worked on: try again later", "busy"],
      ["what came is not what its checksum says", "checksum"],
      ["aria2 cannot fetch it, and does not know why (aria2: Unknown error)", "gaveUp"],
      ["another server works on this download still", "elsewhere"],
      ["cannot write to the folder for downloads: Permission denied", "downloaderDisk"],
    ] as const)
      expect(word(error), error).toBe(expected);
  });

  it("is said in words of the reader, whatever else it learns to say", () => {
    const failure = readFileSync(new URL("../../../../crates/downloader/src/aria2/failure.rs", import.meta.url), "utf8");
    const [, ofCode = ""] = failure.split(/const fn of_code|#\[cfg\(test\)\]/);
    const sentences = [...ofCode.matchAll(/"([^"]+)"/g)].map(([, sentence = ""]) => sentence);
    expect(sentences.length).toBeGreaterThan(25);
    expect(sentences.filter((sentence) => !whyOf(sentence).said.startsWith("tasks.why."))).toEqual([]);
  });

  it("may be a password that is missing", () => {
    const of = (type: string, error: string) => lockedArchive({ ...task(type, "error", { src: "a", dst: "b" }), error });
    expect(of("extract_archive", "incorrect password (40069)")).toEqual({ src: "a", folder: "b", own: false });
    const own = task("extract_archive", "error", { src: "a", dst: "cloudreve://my/c/b", new_folder: true });
    expect(lockedArchive({ ...own, error: "incorrect password (40069)" })).toEqual({ src: "a", folder: "cloudreve://my/c", own: true });
    expect(placeOfTask(own)).toEqual({ folder: "cloudreve://my/c" });
    expect(of("extract_archive", "the archive is damaged or cut off: x")).toBeUndefined();
    expect(of("remote_download", "aria2 refuses the token or password that the node has for it")).toBeUndefined();
  });
});
