import { expect, it } from "vitest";
import type { NodeRow } from "../data/nodes";
import { toBits } from "./groups";
import { sentOf, valuesOf } from "./node-values";

it("keeps what the form does not know of", () => {
  const settings = { provider: "aria2", interval: 9, aria2: { server: "http://a", options: { x: 1 } }, qbittorrent: { user: "u" }, url_validation: { disabled: true } };
  const node = { id: 3, name: "n", type: "slave", status: "active", weight: 2, slave_key: "k", server: "s", capabilities: toBits([1, 3, 9]), settings } as unknown as NodeRow;
  const values = valuesOf(node);
  expect(values).toMatchObject({ can_archive: true, can_extract: false, can_download: true, downloader_server: "http://a" });
  const sent = sentOf({ ...values, can_extract: true, downloader_token: "t" }, node);
  expect(sent.capabilities).toBe(toBits([1, 2, 3, 9]));
  expect(sent.settings).toEqual({ ...settings, wait_for_seeding: false, aria2: { server: "http://a", token: "t", options: { x: 1 } } });
});
