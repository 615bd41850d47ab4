/** Where somebody was in a list: Back, and a reload, lead there again. */
import { type RefObject, useLayoutEffect, useRef } from "react";
import { files as picks, useFiles } from "@/shared/files/store";

interface Place {
  top: number;
  /** How many entries were read. */
  rows: number;
  focus?: string;
}

interface List {
  rows: number;
  hasMore: boolean;
  /** More is on its way, or what is shown is not the list yet. */
  busy: boolean;
  failed: boolean;
  loadMore: () => unknown;
}

const KEY = "alcove.places";
const MOST_PLACES = 100;
/** Cards find their size, and a list its length, in the first frames. */
const MOST_FRAMES = 40;
const STILL_FRAMES = 4;

const places = read();

function read(): Map<string, Place> {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as [string, Place][]);
  } catch {
    return new Map();
  }
}

function keep(entry: string, place: Place) {
  places.delete(entry);
  places.set(entry, place);
  for (const oldest of places.keys()) {
    if (places.size <= MOST_PLACES) break;
    places.delete(oldest);
  }
}

function write() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...places]));
  } catch {
    // A browser that keeps nothing forgets where it was.
  }
}

/** @param entry the step in the history of the browser at which the list is shown */
export function usePlace(scroller: RefObject<HTMLDivElement | null>, entry: string, list: List) {
  const now = useRef<Place>({ top: 0, rows: 0 });
  now.current.rows = list.rows;
  const wanted = useRef(places.get(entry));

  useLayoutEffect(() => {
    const element = scroller.current;
    const note = () => {
      if (element) now.current.top = element.scrollTop;
    };
    const save = () => {
      const { focus } = useFiles.getState();
      keep(entry, wanted.current ?? { ...now.current, focus });
      write();
    };
    element?.addEventListener("scroll", note, { passive: true });
    window.addEventListener("pagehide", save);
    return () => {
      element?.removeEventListener("scroll", note);
      window.removeEventListener("pagehide", save);
      save();
    };
  }, [entry, scroller]);

  const { rows, hasMore, busy, failed, loadMore } = list;
  useLayoutEffect(() => {
    const place = wanted.current;
    const element = scroller.current;
    if (!place || !element) return;
    if (place.top === 0 && !place.focus) {
      wanted.current = undefined;
      return;
    }
    // Whoever begins to look around is left where they are.
    const stay = () => (wanted.current = undefined);
    for (const kind of MOVES) element.addEventListener(kind, stay, { passive: true });
    if (!busy && rows < place.rows && hasMore && !failed) loadMore();
    else if (!busy && rows > 0) {
      wanted.current = undefined;
      goTo(element, place);
    }
    return () => {
      for (const kind of MOVES) element.removeEventListener(kind, stay);
    };
  }, [rows, hasMore, busy, failed, loadMore, scroller]);
}

const MOVES = ["wheel", "touchstart", "pointerdown", "keydown"] as const;

function goTo(element: HTMLElement, { top, focus }: Place) {
  let moved = false;
  let still = 0;
  const stop = () => (moved = true);
  for (const kind of MOVES) element.addEventListener(kind, stop, { passive: true, once: true });
  const step = (frame: number) => {
    if (moved) return;
    const height = element.scrollHeight;
    if (element.scrollTop !== top) element.scrollTop = top;
    if (frame === 1 && focus) picks.mark(focus);
    requestAnimationFrame(() => {
      still = Math.abs(element.scrollTop - top) <= 1 && element.scrollHeight === height ? still + 1 : 0;
      if (frame < MOST_FRAMES && still < STILL_FRAMES) step(frame + 1);
    });
  };
  step(0);
}
