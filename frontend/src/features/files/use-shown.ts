/** A folder as it is shown: its content, its look, and the change of it. */
import { useCallback, useEffect, useMemo, useState } from "react";
import { parseUri } from "@/api/uri";
import type { Order } from "@/shared/data/folder";
import { useFolder } from "./use-folder";
import { rememberView, type ShownView, shownView } from "./view";

/** Orders chosen where the server does not remember them. */
const localOrders = new Map<string, Order>();

export function useShown(uri: string, narrow: boolean) {
  const [order, setOrder] = useState<Order | undefined>(localOrders.get(uri));
  const folder = useFolder(uri, order);
  const { view: remembered, first, refetch } = folder;
  const view = useMemo(() => {
    const shown = shownView(remembered, narrow);
    return order ? { ...shown, order: order.by, direction: order.direction } : shown;
  }, [remembered, narrow, order]);
  const capability = first?.parent.capability || first?.props.capability;

  const searching = parseUri(uri).query.size > 0;
  const unordered = !order && folder.hasMore && !searching && !!first && !remembered?.order;
  useEffect(() => {
    // Nobody chose an order yet, and the folder is too large to be sorted here.
    if (unordered) setOrder({ by: "name", direction: "asc" });
  }, [unordered]);

  const change = useCallback(
    async (part: Partial<ShownView>) => {
      const sorts = part.order !== undefined || part.direction !== undefined;
      const remember = rememberView(uri, capability, part, view);
      if (!sorts) return;
      if (await remember) {
        localOrders.delete(uri);
        setOrder(undefined);
        void refetch();
      } else {
        const next: Order = { by: part.order ?? view.order, direction: part.direction ?? view.direction };
        localOrders.set(uri, next);
        setOrder(next);
      }
    },
    [uri, capability, view, refetch],
  );

  return { folder, view, change };
}
