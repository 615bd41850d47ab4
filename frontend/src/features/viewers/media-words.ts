/** The words of the player's controls, which come from its own package. */
import i18next from "i18next";
import { addTranslation, setLanguage } from "media-chrome/dist/utils/i18n.js";
import { En } from "media-chrome/dist/lang/en.js";
import { ZhCn } from "media-chrome/dist/lang/zh-CN.js";

// What is read out has to hold what is written on the button, which is "1x".
addTranslation("en", { ...En, "Playback rate {playbackRate}": "Playback rate {playbackRate}x" });
addTranslation("zh-CN", { ...ZhCn, "Playback rate {playbackRate}": `${ZhCn["Playback rate"]} {playbackRate}x` });
const follow = (language: string) => setLanguage(language);
follow(i18next.language);
i18next.on("languageChanged", follow);
