/** The text editor, without React. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, defaultHighlightStyle, foldGutter, foldKeymap, HighlightStyle, indentOnInput, LanguageDescription, syntaxHighlighting } from "@codemirror/language";
import { languages } from "@codemirror/language-data";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, rectangularSelection } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { editorWords } from "./editor-words";

interface Options {
  text: string;
  name: string;
  label: string;
  /** How the keyboard gets out of the text again. */
  hint: string;
  readOnly: boolean;
  onChange: (read: () => string) => void;
  onSave: () => void;
}

export interface Editor {
  read: () => string;
  focus: () => void;
  /** Names what is edited, for those who hear it. */
  setLabel: (label: string) => void;
  setDark: (dark: boolean) => void;
  setWrap: (wrap: boolean) => void;
  destroy: () => void;
}

const darkColours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "#c9a2ff" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "#9fd39f" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "#f2b885" },
  { tag: [tags.comment, tags.meta], color: "#9aa3b2", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "#8cc4ff" },
  { tag: [tags.typeName, tags.className, tags.tagName], color: "#ffd28a" },
  { tag: [tags.propertyName, tags.attributeName], color: "#a8dcf0" },
  { tag: [tags.heading, tags.strong], fontWeight: "bold", color: "#e8ecf4" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: [tags.link, tags.url], color: "#8cc4ff", textDecoration: "underline" },
]);

const look = (dark: boolean) => [
  EditorView.theme(
    {
      "&": { backgroundColor: "var(--mantine-color-body)", color: "var(--mantine-color-text)" },
      ".cm-gutters": { backgroundColor: "var(--mantine-color-body)", color: "var(--mantine-color-dimmed)", border: "none" },
      ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--mantine-color-text) 5%, transparent)" },
      ".cm-content": { caretColor: "var(--mantine-color-text)", paddingBlock: "12px" },
      ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
      "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--chosen)" },
      ".cm-panels": { backgroundColor: "var(--surface)", color: "var(--mantine-color-text)" },
      ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
      ".cm-panel.cm-search, .cm-panel.cm-gotoLine": { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "6px", padding: "8px 48px 8px 12px" },
      ".cm-panel.cm-search br": { flexBasis: "100%", content: "''" },
      ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "4px", margin: "0 4px", fontSize: "13px" },
      ".cm-panel [name=close]": { insetBlockStart: "8px", insetInlineEnd: "8px", width: "32px", height: "32px", fontSize: "20px", cursor: "pointer" },
      ".cm-textfield, .cm-button": { minHeight: "32px", margin: "0", padding: "4px 10px", border: "1px solid var(--line)", borderRadius: "8px", backgroundImage: "none", backgroundColor: "var(--mantine-color-body)", color: "inherit", fontFamily: "inherit", fontSize: "13px" },
      ".cm-button": { fontWeight: "600", cursor: "pointer" },
      ".cm-button:active": { backgroundImage: "none" },
    },
    { dark },
  ),
  syntaxHighlighting(dark ? darkColours : defaultHighlightStyle, { fallback: true }),
];

const TAB_LEAVES_MS = 60_000;

export function createEditor(parent: HTMLElement, options: Options): Editor {
  const theme = new Compartment();
  const wrapping = new Compartment();
  const language = new Compartment();
  const attributes = new Compartment();
  const described = (label: string) => EditorView.contentAttributes.of({ "aria-label": label, "aria-description": options.hint });
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        keymap.of([{ key: "Mod-s", preventDefault: true, run: () => (options.onSave(), true) }]),
        // Tab indents. Right after Escape it leaves the text, whatever else Escape closed.
        EditorView.domEventObservers({
          keydown: (event, editor) => {
            if (event.key === "Escape") editor.setTabFocusMode(TAB_LEAVES_MS);
          },
        }),
        lineNumbers(),
        foldGutter(),
        highlightActiveLineGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        autocompletion(),
        rectangularSelection(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, indentWithTab]),
        EditorState.phrases.of(editorWords()),
        EditorState.readOnly.of(options.readOnly),
        attributes.of(described(options.label)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(() => update.state.doc.toString());
        }),
        theme.of(look(false)),
        wrapping.of(EditorView.lineWrapping),
        language.of([]),
      ],
    }),
  });
  let gone = false;
  const known = LanguageDescription.matchFilename(languages, options.name);
  void known?.load().then((support) => {
    if (!gone) view.dispatch({ effects: language.reconfigure(support) });
  });
  return {
    read: () => view.state.doc.toString(),
    focus: () => view.focus(),
    setLabel: (label) => view.dispatch({ effects: attributes.reconfigure(described(label)) }),
    setDark: (dark) => view.dispatch({ effects: theme.reconfigure(look(dark)) }),
    setWrap: (wrap) => view.dispatch({ effects: wrapping.reconfigure(wrap ? EditorView.lineWrapping : []) }),
    destroy: () => {
      gone = true;
      view.destroy();
    },
  };
}
