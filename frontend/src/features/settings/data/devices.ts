/** What each device may see of the drive. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import type { DavAccount } from "@/api/wire";

const PAGE_SIZE = 50;

export const devicesQuery = infiniteQueryOptions({
  queryKey: keys.devices(),
  queryFn: ({ pageParam }) => api.get("/devices/dav", { query: { page_size: PAGE_SIZE, next_page_token: pageParam } }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.pagination.next_token,
  retry: false,
});

/** What a share that a device opens is called. To look that up is no visit. */
export const shareNameQuery = (id: string, password: string) =>
  queryOptions({
    queryKey: keys.shareName(id),
    queryFn: async () => (await api.get("/share/info/{id}", { path: { id }, query: { password: password || undefined } })).name,
    retry: false,
    staleTime: 60_000,
  });

interface Device {
  name: string;
  uri: string;
  readonly: boolean;
  proxy: boolean;
  disable_sys_files: boolean;
}

export async function saveDevice(device: DavAccount | undefined, body: Device): Promise<void> {
  if (device) await api.patch("/devices/dav/{id}", { path: { id: device.id }, body });
  else await api.put("/devices/dav", { body });
  refreshDevices();
}

export const deleteDevice = (id: string) => api.delete("/devices/dav/{id}", { path: { id } }).finally(refreshDevices);

const refreshDevices = () => void queryClient.invalidateQueries({ queryKey: keys.devices() });
