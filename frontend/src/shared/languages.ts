import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { shownName } from "@/ui/names";

export const LANGUAGES = { en: "English", "zh-CN": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "alcove.language";
/** By account: its language as this browser last followed it. */
const FOLLOWED = "alcove.language.of.";
const load: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import("@/locales/en.json"),
  "zh-CN": () => import("@/locales/zh-CN.json"),
};

export function matchLanguage(wanted: readonly (string | undefined | null)[]): Language {
  for (const tag of wanted) {
    if (tag?.toLowerCase().startsWith("zh")) return "zh-CN";
    if (tag?.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}

export async function startLanguage() {
  const language = matchLanguage([localStorage.getItem(KEY), ...navigator.languages]);
  const texts = await load[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: texts.default } },
    // Names are shown in many texts: what is filled in is made fit to be seen.
    interpolation: { escapeValue: true, escape: shownName },
    returnEmptyString: false,
  });
  document.documentElement.lang = language;
}

/** Accounts whose language was compared since the page was loaded. */
const compared = new Set<string>();

/**
 * Follows a language that was chosen for the account elsewhere: it is newer than what this browser heard of last.
 * Only the first answer after loading counts: a later one may have been made before what is chosen here arrived.
 */
export async function followAccount(id: string, known: string | undefined, now: string | undefined) {
  if (compared.has(id) || !now) return;
  compared.add(id);
  // What is known of the account is renewed by later answers as well, which are not followed.
  const followed = localStorage.getItem(FOLLOWED + id) ?? known;
  localStorage.setItem(FOLLOWED + id, now);
  if (now !== followed && /^(en|zh)/i.test(now)) await chooseLanguage(now);
}

export async function chooseLanguage(tag: string) {
  const language = matchLanguage([tag]);
  localStorage.setItem(KEY, language);
  if (!i18next.hasResourceBundle(language, "translation"))
    i18next.addResourceBundle(language, "translation", (await load[language]()).default);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
