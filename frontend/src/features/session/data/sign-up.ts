import { api } from "@/api/client";
import type { CaptchaAnswer } from "../Captcha";

interface Wanted extends CaptchaAnswer {
  email: string;
  password: string;
  language: string;
}

export const signUp = (body: Wanted) => api.post("/user", { body });
