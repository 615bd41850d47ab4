/** Which tasks can be begun anew. */

/** What failed, was called off, or was completed and left something. */
export const canRetry = ({ status, summary }: { status: string; summary?: { props?: object } | null }) =>
  status === "error" || status === "canceled" || (status === "completed" && (summary?.props as { can_retry?: boolean } | undefined)?.can_retry === true);
