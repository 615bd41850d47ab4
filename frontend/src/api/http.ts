/** Requests by the description of the API. Whoever wants data asks `client.ts`, which opens the envelopes. */
import createClient from "openapi-fetch";
import type { paths } from "./schema.gen";

export const BASE = "/api/v4";

/** One that signs nothing. What is asked with is looked up each time: tests put another one in its place. */
export const connect = () => createClient<paths>({ baseUrl: BASE, fetch: (request) => fetch(request) });

/** What came, as it came: what comes with a bad status has been read as JSON where it is such. */
export function textOf({ data, error }: { data?: string; error?: unknown }): string {
  return data ?? (typeof error === "string" ? error : JSON.stringify(error ?? null));
}
