/** Why an upload does not get on, and when it is tried again. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Code } from "@/api/error";
import { errorText } from "@/shared/message";
import type { UploadItem, Waiting } from "./types";

/** What does not move for so long is said to stand still. */
const STILL_MS = 6000;
const SECOND_MS = 1000;

/** Of one upload, in words; nothing while it gets on. */
export function useWaiting({ state, waiting }: Pick<UploadItem, "state" | "waiting">): string | undefined {
  const { t } = useTranslation();
  const now = state === "running" ? waiting : undefined;
  const seconds = useSecondsUntil(now?.until);
  return now && `${reasonOf(now, t("uploads.state.waiting"))} · ${seconds > 0 ? t("uploads.again", { count: seconds }) : t("uploads.trying")}`;
}

/** Of all of them: one alone may only wait for its turn. */
export function useStandstill(items: readonly UploadItem[]): string | undefined {
  const { t } = useTranslation();
  const running = items.filter(({ state }) => state === "running");
  const wait = running.every(({ waiting }) => waiting) ? running[0] : undefined;
  const words = useWaiting({ state: "running", waiting: wait?.waiting });
  const isStill = useStill(running.length > 0 && !wait, items.reduce((sum, { sent }) => sum + sent, 0));
  return words ?? (isStill ? t("uploads.still") : undefined);
}

const reasonOf = ({ why }: Waiting, server: string) => (why.code === Code.network ? server : errorText(why).replace(/[.。]$/, ""));

/** Counts down; 0 when the moment has come. */
function useSecondsUntil(moment: number | undefined): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (moment === undefined) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, [moment]);
  return moment === undefined ? 0 : Math.max(0, Math.ceil((moment - now) / SECOND_MS));
}

/** Whether bytes should go, and none have for a while. */
function useStill(isMeantTo: boolean, sent: number): boolean {
  const [stoodAt, setStoodAt] = useState<number>();
  useEffect(() => {
    if (!isMeantTo) return setStoodAt(undefined);
    const timer = setTimeout(() => setStoodAt(sent), STILL_MS);
    return () => clearTimeout(timer);
  }, [isMeantTo, sent]);
  return isMeantTo && stoodAt === sent;
}
