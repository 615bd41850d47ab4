/** What a list of the console is made of. */
import type { ReactNode } from "react";

/** A page of a list, as it is asked for. */
export interface Asked {
  page: number;
  page_size: number;
  order_by: string;
  order_direction: string;
  conditions: Record<string, string>;
}

export interface Loaded<R> {
  rows: R[];
  total: number;
}

export interface Column<R> {
  /** Named by the texts “columns”. */
  id: string;
  cell: (row: R) => ReactNode;
  /** As it is exported; without it, what is shown if that is a text. */
  text?: (row: R) => string;
  /** What the server orders by. */
  order?: string;
  /** Not shown until somebody wants it. */
  extra?: boolean;
  /** Sentences, which are read to their end: they go on in lines of their own. */
  wraps?: boolean;
  /** Percent of a table's width: what has no room there in two lines is cut, and read whole when it is pointed at. */
  share?: number;
  /** The column in whose cells of a table it stands, below what is there, while that is shown: alone it would have too little room. */
  under?: string;
}

export interface Filter {
  /** As the server knows it; named by the texts “filters”. */
  name: string;
  /** Words of the texts “words”. */
  choices?: readonly string[];
  /** What their words begin with. */
  of?: string;
  /** What its number is picked by name from. */
  pick?: "person" | "group" | "policy";
  /** A moment: local time in its field, RFC 3339 for the server. */
  moment?: boolean;
}

/** What can be done with several rows. */
export interface Action<R> {
  /** Named by the texts “actions”. */
  id: string;
  danger?: boolean;
  run: (rows: R[]) => Promise<unknown>;
}

export interface Kind<R extends { id: number }> {
  /** Also the key of what is remembered of it. */
  id: string;
  load: (asked: Asked) => Promise<Loaded<R>>;
  columns: Column<R>[];
  filters: Filter[];
  actions?: Action<R>[];
  /** What a row is called, where something happens to it. */
  nameOf: (row: R) => string;
  /** The newest first. */
  newestFirst?: boolean;
  /** Whether a row is not what it will be soon: the list is read again and again while there is one. */
  changes?: (row: R) => boolean;
  /** Everything about one row, and what can be done with it. */
  Detail: (props: { row: R; close: () => void }) => ReactNode;
  /** Everything that fits the filters, as files that the server writes. */
  files?: {
    name: string;
    /** Also the endings of names; named by the texts “formats”. */
    formats: readonly string[];
    load: (conditions: Record<string, string>, format: string) => Promise<Blob>;
  };
  /** Buttons above the list. */
  Tools?: () => ReactNode;
}
