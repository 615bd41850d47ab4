/** A new password by mail. */
import { api } from "@/api/client";
import type { CaptchaAnswer } from "../Captcha";

export const askForReset = (body: CaptchaAnswer & { email: string; language: string }) => api.post("/user/reset", { body });

/** @param secret what the mail brought */
export const resetPassword = (id: string, secret: string, password: string) => api.patch("/user/reset/{id}", { path: { id }, body: { password, secret } });
