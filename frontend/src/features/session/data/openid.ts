import { api } from "@/api/client";

interface Answer {
  provider: number;
  code: string;
  state: string;
}

/** Hands over what the provider brought. Nobody is signed in by it who only linked the account. */
export const finishOpenId = ({ provider, code, state }: Answer) => api.post("/session/openid", { body: { code, session_id: state, provider_id: provider } });
