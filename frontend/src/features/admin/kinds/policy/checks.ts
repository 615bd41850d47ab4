/** What is wrong with what somebody writes of a storage, told where it is written. */
import i18next from "i18next";
import type { Values } from "../../form/types";

/** As the server has it: old names of vendors included, addresses and paths not. */
const BUCKET = /^(?=.{1,222}$)[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i;
/** Containers that Azure makes itself. */
const AZURE_OWN = ["$root", "$web"];

const textOf = (values: Values, name: string) => String(values[name] ?? "").trim();

/** Of a value that is there; whether there has to be one is another question. */
const unless = (fits: (text: string) => boolean, name: string, text: string) => (values: Values) => {
  const value = textOf(values, name);
  return value === "" || fits(value) ? undefined : i18next.t(`admin.policy.${text}`);
};

/** Both have fields of their own. */
function isBare(text: string): boolean {
  const { username, password } = URL.canParse(text) ? new URL(text) : { username: "", password: "" };
  return username === "" && password === "";
}

function isAddress(text: string): boolean {
  const { protocol, hostname } = URL.canParse(text) ? new URL(text) : { protocol: "", hostname: "" };
  return /^https?:$/.test(protocol) && hostname !== "" && !/\s/.test(text);
}

export const wrongBucket = unless((name) => AZURE_OWN.includes(name) || (BUCKET.test(name) && !name.includes("..")), "bucket_name", "badBucket");
/** Without a scheme it is https. */
export const wrongEndpoint = unless((text) => isAddress(text.includes("://") ? text : `https://${text}`), "server", "badEndpoint");
/** The same of a server where people sign in with a password. */
export const wrongDavAddress = (values: Values) => wrongEndpoint(values) ?? unless(isBare, "server", "bareAddress")(values);
export const wrongFolder = unless((path) => !path.split("/").some((part) => part === "." || part === ".."), "bucket_name", "badFolder");
export const wrongProxy = unless(isAddress, "proxy_server", "badAddress");
export const wrongRoot = unless((path) => path.startsWith("/"), "root", "badRoot");
