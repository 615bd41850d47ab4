/** Passkeys: what the browser wants in bytes travels as base64url. */
const fromBase64Url = (text: string): ArrayBuffer => {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(bytes, (char) => char.charCodeAt(0)).buffer;
};

const toBase64Url = (buffer: ArrayBuffer | null | undefined): string =>
  btoa(String.fromCharCode(...new Uint8Array(buffer ?? new ArrayBuffer(0))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/** Passkeys belong to a name; a bare address has none. */
export const isName = (host: string) => !host.startsWith("[") && !/^[\d.]+$/.test(host);

export const passkeysWork = () => typeof PublicKeyCredential !== "undefined" && isName(location.hostname);

interface Described {
  id: string;
  type: PublicKeyCredentialType;
  transports?: AuthenticatorTransport[];
}
const described = (list: Described[] | undefined) => list?.map((each) => ({ ...each, id: fromBase64Url(each.id) }));

export interface GetOptions {
  publicKey: { challenge: string; timeout?: number; rpId?: string; allowCredentials?: Described[]; userVerification?: UserVerificationRequirement };
}

/** Asks for a passkey; the answer is the text the server takes. */
export async function signWithPasskey({ publicKey }: GetOptions): Promise<string> {
  const credential = (await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: fromBase64Url(publicKey.challenge),
      allowCredentials: described(publicKey.allowCredentials),
    },
  })) as PublicKeyCredential | null;
  if (!credential) throw new DOMException("no passkey", "NotAllowedError");
  const response = credential.response as AuthenticatorAssertionResponse;
  return JSON.stringify({
    id: credential.id,
    type: credential.type,
    rawId: toBase64Url(credential.rawId),
    response: {
      clientDataJSON: toBase64Url(response.clientDataJSON),
      authenticatorData: toBase64Url(response.authenticatorData),
      signature: toBase64Url(response.signature),
      userHandle: toBase64Url(response.userHandle),
    },
  });
}

export interface CreateOptions {
  publicKey: Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> & {
    challenge: string;
    user: { id: string; name: string; displayName: string };
    excludeCredentials?: Described[];
  };
}

export async function makePasskey({ publicKey }: CreateOptions): Promise<string> {
  const credential = (await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: fromBase64Url(publicKey.challenge),
      user: { ...publicKey.user, id: fromBase64Url(publicKey.user.id) },
      excludeCredentials: described(publicKey.excludeCredentials),
    },
  })) as PublicKeyCredential | null;
  if (!credential) throw new DOMException("no passkey", "NotAllowedError");
  const response = credential.response as AuthenticatorAttestationResponse;
  return JSON.stringify({
    id: credential.id,
    type: credential.type,
    rawId: toBase64Url(credential.rawId),
    response: {
      clientDataJSON: toBase64Url(response.clientDataJSON),
      attestationObject: toBase64Url(response.attestationObject),
    },
  });
}
