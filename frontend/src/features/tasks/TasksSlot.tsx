/** The place of running tasks in the head of the page. What shows them, and tells of their ends, comes when there are some. */
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { MY_ROOT } from "@/api/uri";
import { useAccount } from "@/api/use-account";
import { followEvents } from "@/shared/data/events";
import { hearTasks } from "@/shared/task-news";
import { activeQuery, refreshTasks } from "./data/tasks";
import { recall, remember } from "./remembered";
import { useTray } from "./tray-store";

const TasksButton = lazy(() => import("./TasksButton"));
const news = () => import("./news");

/** The page itself comes first. */
const LATER_MS = 3_000;

export function TasksSlot() {
  const account = useAccount()?.user.id;
  const asked = useAsked(account);
  const { data } = useQuery({ ...activeQuery(account ?? ""), enabled: !!account && asked });
  const ended = useTray((state) => state.ended);
  const going = data?.map(({ id }) => id);
  useEffect(() => {
    if (account && data) remember(account, data.length > 0);
  }, [account, data]);
  useGone(account, going);
  useStream(!!account && asked);
  if (!account || !data || data.length + ended.length === 0) return null;
  return (
    <Suspense fallback={null}>
      <TasksButton key={account} active={data} />
    </Suspense>
  );
}

/** Whether it is time to ask what goes on: at once where something did last time. */
function useAsked(account: string | undefined): boolean {
  const [asked, setAsked] = useState<string>();
  useEffect(() => {
    if (!account) return;
    const ask = () => setAsked(account);
    const timer = setTimeout(ask, recall(account) ? 0 : LATER_MS);
    const stop = hearTasks((ended) => {
      ask();
      refreshTasks();
      for (const { id } of ended) void news().then(({ tell }) => tell(id));
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [account]);
  return !!account && asked === account;
}

/** What does not go on any more has ended, whether the server told of it or not. */
function useGone(account: string | undefined, going: readonly string[] | undefined) {
  const before = useRef<{ account?: string; going: readonly string[] }>({ going: [] });
  const list = going?.join();
  useEffect(() => {
    if (list === undefined) return;
    const now = list.split(",").filter(Boolean);
    const gone = before.current.account === account ? before.current.going.filter((id) => !now.includes(id)) : [];
    before.current = { account, going: now };
    if (now.length + gone.length > 0)
      void news().then(({ tell, goesOn }) => {
        goesOn(now);
        for (const id of gone) void tell(id);
      });
  }, [account, list]);
}

/** The list of files follows its folder, and hears of tasks on the way; other pages follow nothing else. */
function useStream(wanted: boolean) {
  const { pathname } = useLocation();
  const alone = wanted && pathname !== "/home";
  useEffect(() => {
    if (!alone) return;
    const stop = new AbortController();
    void followEvents(MY_ROOT, stop.signal, () => {});
    return () => stop.abort();
  }, [alone]);
}
