import { api } from "@/api/client";
import { type CreateOptions, makePasskey } from "@/api/passkey";

/** What the program that runs the page calls itself; the server fills it in. */
const NAME = "{os} · {browser}";

export async function addPasskey(): Promise<void> {
  const options = await api.put("/user/authn");
  const response = await makePasskey(options as CreateOptions);
  await api.post("/user/authn", { body: { response, name: NAME, ua: navigator.userAgent } });
}

export const deletePasskey = (id: string) => api.delete("/user/authn", { query: { id } });
