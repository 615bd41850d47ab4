/** A failure as the server tells it, or as the network shows it. */
export const Code = {
  network: -1000,
  /** A file of this computer that is sent was changed, moved or deleted. */
  fileGone: -1001,
  /** A bucket that files go to directly does not answer, while our own server does. */
  bucketAway: -1002,
  /** A bucket took a part and does not let this page read its ETag. */
  bucketHidesTags: -1003,
  /** What a bucket says no to, in its words. */
  bucketRefused: -1004,
  /** The same for a reason that passes. */
  bucketBusy: -1005,
  /** What has begun there is worth nothing any more. */
  bucketForgot: -1006,
  /** Files go to a kind of storage that this page does not know. */
  unknownStorage: -1007,
  /** Content that the storage does not deliver: it is away, or what it has is damaged. */
  contentAway: -1008,
  /** A bucket answers, and not so that this page may read it. */
  bucketClosed: -1009,
  /** What was sent to our server broke off on the way, while it answers. */
  brokenOff: -1010,
  /** A bucket without https, to which a browser lets no page go that came by https. */
  bucketInsecure: -1011,
  absent: -1404,
  /** Also what an archive answers that cannot be read. */
  internal: -1,
  continue: 203,
  loginRequired: 401,
  forbidden: 403,
  notFound: 404,
  /** Also for an id that is none. */
  badRequest: 40001,
  nameTaken: 40004,
  groupNotAllowed: 40007,
  sessionUnknown: 40011,
  parentMissing: 40016,
  credentialInvalid: 40020,
  captcha: 40026,
  mailedAgain: 40033,
  tooLarge: 40049,
  quota: 40051,
  wrongPassword: 40069,
  locked: 40073,
  staleVersion: 40076,
  tooManyFiles: 40079,
  partly: 40081,
  anonymousDenied: 40088,
  /** Also what every route answers whose account is gone or banned. */
  database: 50001,
  /** A storage that our server speaks to failed. */
  storage: 50004,
} as const;

export class ApiError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
    /** What failed of a batch, by the URI that was sent. */
    readonly failed: Record<string, ApiError> = {},
    readonly correlationId?: string,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Of a batch with one failure that failure, else the whole. */
  get innermost(): ApiError {
    const inner = Object.values(this.failed);
    return inner.length === 1 && inner[0] ? inner[0].innermost : this;
  }
}

interface Envelope {
  code?: number;
  msg?: string;
  data?: unknown;
  correlation_id?: string;
  aggregated_error?: Record<string, Envelope>;
}

export function errorOf(envelope: Envelope): ApiError {
  const failed = Object.entries(envelope.aggregated_error ?? {}).map(([item, inner]) => [item, errorOf(inner)]);
  return new ApiError(
    envelope.code ?? -1,
    envelope.msg ?? "",
    envelope.data,
    Object.fromEntries(failed),
    envelope.correlation_id,
  );
}

/** Opens an answer's envelope. @throws {ApiError} unless it says success. */
export function openEnvelope<T>(text: string, { status, statusText }: Pick<Response, "status" | "statusText">): T {
  let envelope: Envelope | null | undefined;
  try {
    envelope = JSON.parse(text) as Envelope | null;
  } catch {
    envelope = undefined;
  }
  if (typeof envelope?.code !== "number") {
    const code = status === 404 ? Code.absent : Code.network;
    throw new ApiError(code, `${status} ${statusText}`.trim());
  }
  if (envelope.code !== 0) throw errorOf(envelope);
  return envelope.data as T;
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(Code.network, error instanceof Error ? error.message : String(error));
}

export function hasCode(error: unknown, ...codes: number[]): boolean {
  return error instanceof ApiError && codes.includes(error.innermost.code);
}

/** What our server says of a storage that does not answer it: whatever else is wrong with one does not pass by itself. */
export const isAway = ({ code, message }: ApiError): boolean => code === Code.storage && message.includes("the storage is away");

/** What a storage without room says: unlike one that is away it does not come back by itself. */
export const isFull = ({ code, message }: ApiError): boolean => code === Code.storage && message.includes("no space left");
