/** Folders, searches, the trash, shares: whatever the address names, and the file opened above it. */
import { useLocation, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { MY_ROOT, parseUri } from "@/api/uri";
import { Waiting } from "@/features/files/Emptiness";
import { Explorer } from "@/features/files/Explorer";

const ViewerHost = lazy(() => import("@/features/viewers/ViewerHost"));
const ShareFront = lazy(() => import("@/features/shares/ShareFront"));

export function HomePage() {
  const search = useSearch({ from: "/shell/home" });
  const uri = search.path ?? MY_ROOT;
  const share = parseUri(uri).fs === "share";
  const entry = useLocation({ select: ({ state }) => state.__TSR_key ?? "" });
  const explorer = <Explorer key={uri} uri={uri} entry={entry} />;
  return (
    <>
      {share ? (
        <Suspense fallback={<Waiting />}>
          <ShareFront uri={uri}>{explorer}</ShareFront>
        </Suspense>
      ) : (
        explorer
      )}
      {search.open && (
        <Suspense fallback={null}>
          <ViewerHost uri={search.open} viewerId={search.viewer} version={search.version} />
        </Suspense>
      )}
    </>
  );
}
