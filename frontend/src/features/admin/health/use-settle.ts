/** Has damaged blobs read again, or taken for what they are, and tells what became of them. */
import i18next from "i18next";
import { useState } from "react";
import { showDone, showTrouble } from "@/shared/message";
import { sure } from "../ask";
import { acceptBlob, checkBlob, type DamagedRow } from "../data/health";
import { refresh } from "../data/refresh";
import { refusal } from "../refusal";
import { canBeTaken, nameOf, type Settled, settle } from "./settle";

export type Deed = "check" | "accept";

function tell({ whole, left, failures }: Settled) {
  if (failures.length > 0) showTrouble(refusal(failures[0]));
  else if (left > 0) showTrouble(i18next.t("admin.health.left", { count: left }));
  else showDone(i18next.t("admin.health.whole", { count: whole }));
}

/** What is agreed to, and how much of what was chosen stays as it is. */
function question(rows: DamagedRow[], others: number): string {
  const [first] = rows;
  const text = i18next.t("admin.health.acceptWarning", { count: rows.length, name: first ? nameOf(first) : "" });
  return others > 0 ? `${text}\n\n${i18next.t("admin.health.othersStay", { count: others })}` : text;
}

/** Answers whether anything was done. */
export function useSettle() {
  const [busy, setBusy] = useState<Deed>();
  const [done, setDone] = useState(0);
  const run = async (deed: Deed, rows: DamagedRow[]): Promise<boolean> => {
    const these = deed === "accept" ? rows.filter(canBeTaken) : rows;
    if (deed === "accept" && !(await sure(i18next.t("admin.actions.accept"), question(these, rows.length - these.length), true))) return false;
    setBusy(deed);
    const ids = these.map(({ id }) => id);
    tell(await settle(ids, deed === "check" ? checkBlob : acceptBlob, setDone));
    setBusy(undefined);
    await refresh("health");
    return true;
  };
  return { busy, done, run };
}
