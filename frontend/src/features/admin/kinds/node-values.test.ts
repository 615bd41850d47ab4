import { expect, it } from "vitest";
import type { NodeRow } from "../data/nodes";
import { toBits } from "./groups";
import { fields, sentOf, valuesOf } from "./node-values";

it("keeps what the form does not know of", () => {
  const settings = { provider: "aria2", interval: 9, aria2: { server: "http://a", options: { x: 1 } }, qbittorrent: { user: "u" }, url_validation: { disabled: true } };
  const node = { id: 3, name: "n", type: "slave", status: "active", weight: 2, slave_key: "k", server: "s", capabilities: toBits([1, 3, 9]), settings } as unknown as NodeRow;
  const values = valuesOf(node);
  expect(values).toMatchObject({ can_archive: true, can_extract: false, can_download: true, aria2_server: "http://a", qbittorrent_user: "u" });
  const sent = sentOf({ ...values, can_extract: true, aria2_token: "t" }, node);
  expect(sent.capabilities).toBe(toBits([1, 2, 3, 9]));
  expect(sent.settings).toEqual({ ...settings, wait_for_seeding: false, aria2: { server: "http://a", token: "t", options: { x: 1 } } });
});

it("says which addresses a downloader may ask", () => {
  const node = { id: 3, name: "n", status: "active", settings: { url_validation: { disabled: true, allowed_hosts: ["nas"], later: 1 } } } as unknown as NodeRow;
  const values = valuesOf(node);
  expect(values).toMatchObject({ provider: "builtin", check_addresses: false, allowed_hosts: "nas", allowed_cidrs: "" });
  const sent = sentOf({ ...values, check_addresses: true, allowed_hosts: "", allowed_cidrs: "10.0.0.0/8\nfd00::/8" }, node);
  expect(sent.settings.url_validation).toEqual({ disabled: false, allowed_hosts: [], allowed_cidrs: ["10.0.0.0/8", "fd00::/8"], later: 1 });
  const field = fields(true).find(({ name }) => name === "allowed_cidrs");
  expect(field?.check?.({ allowed_cidrs: "10.0.0.0/8\nfd00::/8" })).toBeUndefined();
  for (const wrong of ["10.0.0.1", "nas/8", "10.0.0.0/"]) expect(field?.check?.({ allowed_cidrs: wrong }), wrong).toBeDefined();
});

it("tells a downloader nothing of the other one", () => {
  const node = { id: 3, name: "n", status: "active", settings: { provider: "aria2", aria2: { server: "http://a", token: "secret" } } } as unknown as NodeRow;
  const sent = sentOf({ ...valuesOf(node), provider: "qbittorrent", qbittorrent_server: "http://q" }, node);
  expect(sent.settings).toMatchObject({ provider: "qbittorrent", aria2: { server: "http://a", token: "secret" } });
  expect(sent.settings.qbittorrent).toEqual({ server: "http://q" });
});
