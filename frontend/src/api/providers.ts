/** Ways in through somebody else, as the site is set up. */
import { api } from "./client";
import type { SiteConfig } from "./wire";

export interface Provider {
  /** Its number in the API. */
  id: number;
  name: string;
  icon?: string;
}

const OPENID = 2;
const LOGTO = 0;

export function providersOf(login: SiteConfig | undefined): Provider[] {
  const found: (Provider | false | undefined)[] = [
    login?.oidc_enabled && { id: OPENID, name: login.oidc_display_name || "OpenID Connect", icon: login.oidc_icon },
    login?.sso_enabled && { id: LOGTO, name: login.sso_display_name || "Logto", icon: login.sso_icon },
  ];
  return found.filter((each) => !!each);
}

/** Sends the browser to the provider; it comes back to `/callback/openid/<id>`. */
export async function goToProvider(provider: number, { hint, linking = false }: { hint?: string; linking?: boolean } = {}) {
  location.assign(await api.put("/session/openid", { body: { provider, hint: hint || undefined, linking } }));
}
