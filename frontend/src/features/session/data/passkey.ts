import { api } from "@/api/client";
import { type GetOptions, signWithPasskey } from "@/api/passkey";
import type { SignedIn } from "@/api/wire";

export async function signInWithPasskey(): Promise<SignedIn> {
  const { options, session_id } = await api.put("/session/authn");
  const response = await signWithPasskey(options as GetOptions);
  return await api.post("/session/authn", { body: { response, session_id } });
}
