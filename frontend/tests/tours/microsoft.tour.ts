/** An administrator lets the site into a drive at Microsoft. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Microsoft } from "../microsoft";
import type { Person } from "../server";
import { stageBeside } from "../stage";
import { SIZES, type Visit } from "../tour";

let administrator: Person;
let number = 0;
const on = stageBeside(Microsoft.open, () => ({}), async (made) => {
  administrator = await made.register("administrator");
});

describe.each(SIZES)("a policy of OneDrive, at a $name", (size) => {
  let tour: Visit;
  let name: string;
  beforeEach(async () => {
    number += 1;
    name = `OneDrive ${number}`;
    const policy = {
      name,
      type: "onedrive",
      server: `${on.beside.address}/v1.0`,
      bucket_name: "00000000-0000-0000-0000-000000000000",
      secret_key: "secret",
      dir_name_rule: "uploads/{uid}/{path}",
      file_name_rule: "{uid}_{randomkey8}_{originname}",
      settings: { od_driver: "me/drive", chunk_size: 52428800 },
    };
    await administrator.call("PUT", "/admin/policy", { policy });
    tour = await on.visit({ size, person: administrator });
    await tour.open("/admin/policies");
    await tour.page.locator("[data-row]").filter({ hasText: name }).first().click();
  });
  afterEach(() => tour.end());
  const drawer = () => tour.page.getByRole("dialog", { name });

  it("is let in by somebody who signs in there, and takes the drive of a site", async () => {
    on.beside.answer = { code: "good" };
    await drawer().getByText("Nobody has let this site in yet").waitFor();
    await drawer().getByText("/admin/policy/oauth").waitFor();
    await tour.look("admin-onedrive");
    await drawer().getByRole("button", { name: "Sign in at Microsoft" }).click();
    await tour.page.getByText("The site is let in.").waitFor();
    await tour.look("admin-onedrive-back");
    await tour.page.getByRole("main").getByRole("link", { name: "Storage policies" }).last().click();
    await tour.page.locator("[data-row]").filter({ hasText: name }).first().click();
    await drawer().getByText("Let in, renewed").waitFor();
    await drawer().getByRole("button", { name: "Use a SharePoint site" }).click();
    const question = tour.page.getByRole("dialog", { name: "Use a SharePoint site" });
    await question.getByLabel("Address of the site").fill("https://contoso.sharepoint.com/sites/team");
    await question.getByRole("button", { name: "Use a SharePoint site" }).click();
    await question.waitFor({ state: "detached" });
    const { policies } = (await administrator.call("POST", "/admin/policy", { page: 1, page_size: 100 })) as { policies: { name: string; settings: { od_driver: string } }[] };
    expect(policies.find((policy) => policy.name === name)?.settings.od_driver).toBe("sites/contoso,1,2/drive");
    expect(tour.barriers).toEqual([]);
  });

  it("says why it is not let in", async () => {
    on.beside.answer = { code: "old" };
    await drawer().getByRole("button", { name: "Sign in at Microsoft" }).click();
    await tour.page.getByRole("alert").getByText("AADSTS70008").waitFor();
    await tour.look("admin-onedrive-refused");
    on.beside.answer = { error: "access_denied", error_description: "The user said no." };
    await tour.open("/admin/policies");
    await tour.page.locator("[data-row]").filter({ hasText: name }).first().click();
    await drawer().getByRole("button", { name: "Sign in at Microsoft" }).click();
    await tour.page.getByRole("alert").getByText("The user said no.").waitFor();
    expect(tour.barriers).toEqual([]);
  });
});
