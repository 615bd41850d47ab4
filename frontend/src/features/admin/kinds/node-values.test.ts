import { expect, it } from "vitest";
import type { NodeRow } from "../data/nodes";
import { toBits } from "./groups";
import { sentOf, valuesOf } from "./node-values";

it("keeps what the form does not know of", () => {
  const settings = { provider: "aria2", interval: 9, aria2: { server: "http://a", options: { x: 1 } }, qbittorrent: { user: "u" }, url_validation: { disabled: true } };
  const node = { id: 3, name: "n", type: "slave", status: "active", weight: 2, slave_key: "k", server: "s", capabilities: toBits([1, 3, 9]), settings } as unknown as NodeRow;
  const values = valuesOf(node);
  expect(values).toMatchObject({ can_archive: true, can_extract: false, can_download: true, aria2_server: "http://a", qbittorrent_user: "u" });
  const sent = sentOf({ ...values, can_extract: true, aria2_token: "t" }, node);
  expect(sent.capabilities).toBe(toBits([1, 2, 3, 9]));
  expect(sent.settings).toEqual({ ...settings, wait_for_seeding: false, aria2: { server: "http://a", token: "t", options: { x: 1 } } });
});

it("tells a downloader nothing of the other one", () => {
  const node = { id: 3, name: "n", status: "active", settings: { provider: "aria2", aria2: { server: "http://a", token: "secret" } } } as unknown as NodeRow;
  const sent = sentOf({ ...valuesOf(node), provider: "qbittorrent", qbittorrent_server: "http://q" }, node);
  expect(sent.settings).toMatchObject({ provider: "qbittorrent", aria2: { server: "http://a", token: "secret" } });
  expect(sent.settings.qbittorrent).toEqual({ server: "http://q" });
});
