/** Colours and shapes. Every text colour keeps 4.5:1 on the surfaces it stands on. */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple, type MantineTheme } from "@mantine/core";

/** Lightness from the palest to the deepest; white text is legible from the seventh on. */
const LIGHTNESS = [0.97, 0.93, 0.87, 0.79, 0.71, 0.62, 0.545, 0.49, 0.43, 0.36];
const CHROMA_SHARE = [0.1, 0.2, 0.38, 0.6, 0.8, 0.95, 1, 1, 0.95, 0.85];

/** Ten shades of a colour, made in OKLCH so that all accents look equally strong. */
export function shades(hex: string): MantineColorsTuple {
  const { chroma, hue } = toOklch(hex);
  const strongest = Math.min(Math.max(chroma, 0.04), 0.17);
  const made = LIGHTNESS.map((lightness, at) => fromOklch(lightness, strongest * (CHROMA_SHARE[at] ?? 1), hue));
  return made as unknown as MantineColorsTuple;
}

function toOklch(hex: string): { chroma: number; hue: number } {
  const value = /^#?([0-9a-f]{6})/i.exec(hex)?.[1] ?? "2f5fd0";
  const [r, g, b] = [0, 2, 4].map((at) => linear(Number.parseInt(value.slice(at, at + 2), 16) / 255)) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return { chroma: Math.hypot(a, bb), hue: Math.atan2(bb, a) };
}

function fromOklch(lightness: number, chroma: number, hue: number): string {
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const rgb = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return `#${rgb.map((part) => Math.round(gamma(part) * 255).toString(16).padStart(2, "0")).join("")}`;
}

const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const gamma = (value: number) => {
  const clipped = Math.min(Math.max(value, 0), 1);
  return clipped <= 0.0031308 ? clipped * 12.92 : 1.055 * clipped ** (1 / 2.4) - 0.055;
};

/** @param close what a button that closes says to those who cannot see its cross */
export function themeOf(accent: string, close: string) {
  return createTheme({
    primaryColor: "accent",
    primaryShade: { light: 7, dark: 6 },
    colors: {
      accent: shades(accent),
      dark: ["#d5d8de", "#b9bdc6", "#9a9fab", "#6b7180", "#40454f", "#32363e", "#272a31", "#1d2025", "#16181c", "#101215"],
    },
    fontFamily:
      'Inter, "Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
    headings: { fontWeight: "650" },
    defaultRadius: "md",
    cursorType: "pointer",
    respectReducedMotion: true,
    // Named, not imported: the first page need not load what it does not show.
    components: {
      ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
      // The chosen one is told by its ground; a text that fades is hard to read meanwhile.
      SegmentedControl: { styles: { label: { color: "var(--mantine-color-text)", transition: "none" } } },
      Tooltip: { defaultProps: { openDelay: 400, withArrow: false } },
      Notification: { defaultProps: { closeButtonProps: { "aria-label": close } } },
      Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
      Modal: {
        defaultProps: { centered: true, radius: "lg", overlayProps: { backgroundOpacity: 0.45 } },
        styles: { title: { fontWeight: 650, overflowWrap: "anywhere" } },
      },
      Drawer: { styles: { title: { fontWeight: 650 } } },
    },
  });
}

export const variables: CSSVariablesResolver = (theme: MantineTheme) => ({
  variables: { "--row-height": "44px", "--panel-radius": "14px" },
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-dimmed": "#5c6370",
    "--mantine-color-placeholder": "#68707d",
    "--mantine-color-error": "#b42330",
    "--mantine-color-anchor": theme.colors.accent?.[7] ?? "",
    "--surface": "#f5f6f8",
    "--hover": "#f1f3f6",
    "--line": "#e6e8ec",
    "--chosen": `color-mix(in srgb, ${theme.colors.accent?.[5]} 14%, transparent)`,
    "--chosen-line": `color-mix(in srgb, ${theme.colors.accent?.[6]} 45%, transparent)`,
  },
  dark: {
    "--mantine-color-body": "#1d2025",
    "--mantine-color-dimmed": "#a7acb8",
    "--mantine-color-placeholder": "#969ca9",
    "--mantine-color-error": "#ff9a9a",
    "--mantine-color-anchor": theme.colors.accent?.[3] ?? "",
    "--mantine-color-accent-light": `color-mix(in srgb, ${theme.colors.accent?.[5]} 26%, #1d2025)`,
    "--mantine-color-accent-light-hover": `color-mix(in srgb, ${theme.colors.accent?.[5]} 34%, #1d2025)`,
    "--surface": "#16181c",
    "--hover": "#272a31",
    "--line": "#2d3138",
    "--chosen": `color-mix(in srgb, ${theme.colors.accent?.[5]} 24%, transparent)`,
    "--chosen-line": `color-mix(in srgb, ${theme.colors.accent?.[4]} 55%, transparent)`,
  },
});
