/** The texts of the console: they come with it, so that nobody else waits for them. */
import i18next from "i18next";
import { useEffect, useState } from "react";
import { matchLanguage, type Language } from "@/shared/languages";

const load: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import("@/locales/admin/en.json"),
  "zh-CN": () => import("@/locales/admin/zh-CN.json"),
};

const isThere = (language: string) => Boolean(i18next.getResource(language, "translation", "admin.title"));

/** Whether the texts of the language in use are there. */
export function useTexts(): boolean {
  const [language, setLanguage] = useState(i18next.language);
  const [ready, setReady] = useState(() => isThere(i18next.language));
  useEffect(() => {
    i18next.on("languageChanged", setLanguage);
    return () => i18next.off("languageChanged", setLanguage);
  }, []);
  useEffect(() => {
    let wanted = true;
    const fill = async () => {
      if (!isThere(language)) {
        const texts = await load[matchLanguage([language])]();
        i18next.addResourceBundle(language, "translation", { admin: texts.default }, true);
      }
      if (wanted) setReady(true);
    };
    setReady(isThere(language));
    void fill();
    return () => {
      wanted = false;
    };
  }, [language]);
  return ready;
}
