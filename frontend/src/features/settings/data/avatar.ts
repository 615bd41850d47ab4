import { api } from "@/api/client";

/** Without a picture it is what gravatar.com has. */
export const saveAvatar = (picture = new Blob([], { type: "image/png" })) => api.put("/user/setting/avatar", { body: picture });
