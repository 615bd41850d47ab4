import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

/** A picture to read; each is good for one try. */
export const captchaQuery = (round: number) =>
  queryOptions({
    queryKey: keys.captcha(round),
    queryFn: () => api.get("/site/captcha"),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
