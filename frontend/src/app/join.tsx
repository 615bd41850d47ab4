import { lazy } from "react";
import { join } from "@/shared/ports";
import { ask } from "@/ui/dialogs";

const ShareDialog = lazy(() => import("@/features/shares/ShareDialog"));

join({
  uploads: () => import("@/features/uploads/start"),
  tasks: () => import("@/features/tasks/begin"),
  shareFile: (file) => void ask((done) => <ShareDialog file={file} done={done} />),
});
