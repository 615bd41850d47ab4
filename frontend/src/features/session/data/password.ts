/** The plain way in, and the second step where there is one. */
import { api } from "@/api/client";
import type { CaptchaAnswer } from "../Captcha";

export const signInWithPassword = (email: string, password: string, captcha?: CaptchaAnswer) => api.post("/session/token", { body: { email, password, ...captcha } });

/** @param session what the first step answered */
export const signInWithCode = (otp: string, session: string) => api.post("/session/token/2fa", { body: { otp, session_id: session } });
