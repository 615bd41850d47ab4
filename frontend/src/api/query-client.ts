import { onlineManager, QueryClient } from "@tanstack/react-query";
import { asApiError, Code } from "./error";
import { reach } from "./reach";

// While the server is away nothing is asked, and nothing fails: it goes on when the server is back.
if (typeof window !== "undefined")
  onlineManager.setEventListener((setOnline) => {
    const tell = () => setOnline(navigator.onLine && !reach.away());
    const stop = reach.subscribe(tell);
    for (const event of ["online", "offline"]) window.addEventListener(event, tell);
    return () => {
      stop();
      for (const event of ["online", "offline"]) window.removeEventListener(event, tell);
    };
  });

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
