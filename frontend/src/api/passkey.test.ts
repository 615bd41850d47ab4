import { expect, it } from "vitest";
import { isName } from "./passkey";

it("takes names for names, and addresses for none", () => {
  for (const name of ["localhost", "drive.example.com", "1.example", "xn--bcher-kva.example"]) expect(isName(name), name).toBe(true);
  for (const address of ["127.0.0.1", "192.168.1.20", "[::1]", "[2001:db8::1]"]) expect(isName(address), address).toBe(false);
});
