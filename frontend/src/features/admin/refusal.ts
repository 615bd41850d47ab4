/** What the server says is wrong: to administrators its own words say more than those for everybody. */
import i18next from "i18next";
import { asApiError } from "@/api/error";
import { errorText, showTrouble } from "@/shared/message";

const IN_ITS_OWN_WORDS = [40001, 50001, 50005];
/** Somebody else was faster. */
const CHANGED = 40004;
/** What says nothing to anybody. */
const SILENT = ["", "Database error", "Internal error"];

export function refusal(caught: unknown): string {
  const { code, message } = asApiError(caught).innermost;
  if (code === CHANGED) return i18next.t("admin.changedMeanwhile");
  return IN_ITS_OWN_WORDS.includes(code) && !SILENT.includes(message) ? message : errorText(caught);
}

/** Nothing the administrator writes can help. */
export const hasNoDriver = (said: string) => /\bno driver\b/.test(said);

/** Tells what the server refuses, in these words. Answers `false` then. */
export async function told(act: () => Promise<unknown>, words = (said: string) => said): Promise<unknown> {
  try {
    return await act();
  } catch (caught) {
    showTrouble(words(refusal(caught)));
    return false;
  }
}
