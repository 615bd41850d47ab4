/** Dialogs that are asked like functions: `const name = await ask<string>((done) => <NameDialog … />)`. */
import { type ReactNode, Suspense } from "react";
import { create } from "zustand";
import { giveFocusBack, opener } from "./focus";

interface Open {
  id: number;
  node: ReactNode;
}

const useDialogs = create<{ open: Open[] }>(() => ({ open: [] }));
let last = 0;

/** Resolves with the answer, or with `undefined` when the dialog is closed. */
export function ask<T>(render: (done: (answer?: T) => void) => ReactNode): Promise<T | undefined> {
  const id = ++last;
  const { promise, resolve } = withResolvers<T | undefined>();
  const before = opener();
  const done = (answer?: T) => {
    useDialogs.setState(({ open }) => ({ open: open.filter((dialog) => dialog.id !== id) }));
    giveFocusBack(before);
    resolve(answer);
  };
  useDialogs.setState(({ open }) => ({ open: [...open, { id, node: render(done) }] }));
  return promise;
}

export function closeAllDialogs() {
  useDialogs.setState({ open: [] });
}

export const anyDialogOpen = () => useDialogs.getState().open.length > 0;

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

export function Dialogs() {
  const open = useDialogs((state) => state.open);
  return open.map(({ id, node }) => (
    <Suspense key={id} fallback={null}>
      {node}
    </Suspense>
  ));
}
