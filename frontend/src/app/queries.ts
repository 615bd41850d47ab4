import { QueryClient } from "@tanstack/react-query";
import { asApiError, Code } from "@/api/error";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Only what the network did may be different a moment later.
      retry: (count, error) => count < 2 && asApiError(error).code === Code.network,
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      throwOnError: false,
    },
  },
});
