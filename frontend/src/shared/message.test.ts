import { notifications, notificationsStore } from "@mantine/notifications";
import { beforeEach, expect, it } from "vitest";
import { ApiError, Code } from "@/api/error";
import { isNoFaultOfInput, showDone } from "./message";

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

it("does not lay at the door of a name what the network or the server did", () => {
  const of = (code: number) => isNoFaultOfInput(new ApiError(code, "said"));
  expect([Code.network, Code.internal, Code.database, Code.loginRequired].map(of)).toEqual([true, true, true, true]);
  expect([Code.nameTaken, Code.badRequest, Code.quota].map(of)).toEqual([false, false, false]);
});
