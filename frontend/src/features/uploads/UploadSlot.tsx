/** The place of the uploads in the head of the page. The engine comes when there is work for it. */
import { lazy, Suspense, useEffect, useState } from "react";
import { useAccount } from "@/api/use-account";
import { useUploadPanel, VISITOR } from "./panel-store";

const UploadButton = lazy(() => import("./UploadButton"));

/** Whether an earlier page left something; asked without loading the engine. */
async function anythingLeft(): Promise<boolean> {
  const known = await indexedDB.databases?.().catch(() => []);
  return known === undefined || known.some((each) => each.name === "alcove.uploads");
}

export function UploadSlot() {
  const account = useAccount();
  const open = useUploadPanel((state) => state.open);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (open) setWanted(true);
  }, [open]);
  const id = account?.user.id;
  useEffect(() => {
    if (id) void anythingLeft().then((left) => left && setWanted(true));
  }, [id]);
  if (!wanted) return null;
  return (
    <Suspense fallback={null}>
      <UploadButton account={id ?? VISITOR} />
    </Suspense>
  );
}
