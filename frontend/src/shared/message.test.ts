import { notifications, notificationsStore } from "@mantine/notifications";
import { beforeEach, expect, it } from "vitest";
import { showDone } from "./message";

const shown = () => notificationsStore.getState().notifications;

beforeEach(() => notifications.clean());

it("shows what was done last alone, as a message of its own with all its time", () => {
  showDone("Copied");
  const [first] = shown();
  showDone("Saved");
  const [second, ...more] = shown();
  expect(more).toEqual([]);
  expect(second?.message).toBe("Saved");
  expect(second?.id).not.toBe(first?.id);
});
