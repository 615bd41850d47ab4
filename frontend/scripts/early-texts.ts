import type { Plugin } from "vite";

const LANGUAGES = ["en", "zh-CN"];

/**
 * Fetches the texts of the reader's language while the program itself is still on its way. It needs
 * them before it can show anything, and would ask for them only once it runs.
 */
export const earlyTexts: Plugin = {
  name: "early-texts",
  apply: "build",
  enforce: "post",
  generateBundle(_, bundle) {
    const addresses = LANGUAGES.map((language) => {
      const chunk = Object.values(bundle).find((each) => each.type === "chunk" && each.facadeModuleId?.endsWith(`/locales/${language}.json`));
      if (!chunk) throw new Error(`the texts in ${language} are missing`);
      return `/${chunk.fileName}`;
    });
    const name = this.getFileName(this.emitFile({ type: "asset", name: "early.js", source: script(addresses) }));
    const page = bundle["index.html"];
    if (page?.type !== "asset") throw new Error("the page is missing");
    page.source = String(page.source).replace("<script", `<script type="module" async src="/${name}"></script>\n    <script`);
  },
};

/** Chooses as `matchLanguage` does. */
const script = ([english, chinese]: string[]) =>
  `const tags=[localStorage.getItem("alcove.language"),...navigator.languages];` +
  `const first=tags.map((tag)=>/^(en|zh)/i.exec(tag??"")?.[1].toLowerCase()).find(Boolean);` +
  `import(first==="zh"?${JSON.stringify(chinese)}:${JSON.stringify(english)});\n`;
