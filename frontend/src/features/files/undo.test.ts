import { notifications, notificationsStore } from "@mantine/notifications";
import { beforeEach, expect, it } from "vitest";
import { offerUndo, undoLast, withdrawUndo } from "./actions/undo";
import { lastUndo } from "./last-undo";

const shown = () => notificationsStore.getState().notifications.length;
const items = (...ids: string[]) => ids.map((id) => ({ id }));
let taken: string[] = [];
const offer = (name: string, ...trashed: string[]) => offerUndo(name, async () => void taken.push(name), items(...trashed));

beforeEach(() => {
  withdrawUndo();
  notifications.clean();
  lastUndo.forget();
  taken = [];
});

it("what brings something out of the trash is not offered once it is empty", () => {
  offer("moved");
  offer("deleted", "a", "b");
  withdrawUndo();
  expect(shown()).toBe(1);
  expect(undoLast()).toBe(false);
  expect(taken).toEqual([]);
});

it("is offered while there is something to bring", () => {
  offer("deleted", "a", "b");
  withdrawUndo(items("a", "c"));
  expect(shown()).toBe(1);
  withdrawUndo(items("b"));
  expect(shown()).toBe(0);
  expect(undoLast()).toBe(false);
});

it("is not done by its key either, once its message is gone", () => {
  offer("deleted", "a");
  notifications.clean();
  withdrawUndo(items("a"));
  expect(undoLast()).toBe(false);
});

it("leaves other things that can be taken back alone", () => {
  offer("deleted", "a");
  offer("moved");
  withdrawUndo();
  expect(undoLast()).toBe(true);
  expect(taken).toEqual(["moved"]);
});
