/** One line for a single failure; a list that names each item for more. */
import { lazy } from "react";
import { asApiError } from "@/api/error";
import { ask } from "@/ui/dialogs";
import { showError } from "../message";

const FailuresDialog = lazy(() => import("./FailuresDialog"));

export function tellFailure(error: unknown) {
  const failed = Object.keys(asApiError(error).failed);
  if (failed.length > 1) void ask((done) => <FailuresDialog error={asApiError(error)} done={done} />);
  else showError(error);
}
