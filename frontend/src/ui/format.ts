import i18next from "i18next";

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

/** Bytes for people: three digits that matter. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString(language(), { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

const language = () => i18next.language || "en";
const formats = new Map<string, Intl.DateTimeFormat>();

function format(kind: "short" | "year" | "full"): Intl.DateTimeFormat {
  const key = `${language()} ${kind}`;
  let found = formats.get(key);
  if (!found) {
    const options: Intl.DateTimeFormatOptions =
      kind === "full"
        ? { dateStyle: "medium", timeStyle: "short" }
        : kind === "year"
          ? { year: "numeric", month: "short", day: "numeric" }
          : { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
    found = new Intl.DateTimeFormat(language(), options);
    formats.set(key, found);
  }
  return found;
}

const YEAR_MS = 300 * 24 * 3_600_000;

/** Recent times with the hour, older ones with the year. */
export function formatTime(time: string | undefined | null): string {
  const at = time ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(at) || at < 0) return "–";
  return format(Math.abs(Date.now() - at) < YEAR_MS ? "short" : "year").format(at);
}

export function formatFullTime(time: string | number | undefined | null): string {
  const at = typeof time === "number" ? time : time ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) || at < 0 ? "–" : format("full").format(at);
}

/** The day alone, where the hour says nothing. */
export function formatDate(time: string | undefined | null): string {
  const at = time ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) || at < 0 ? "–" : format("year").format(at);
}

export const formatNumber = (value: number) => value.toLocaleString(language());

/** Seconds as `4 s`, `3 min`, `2 h`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "";
  const [value, unit] =
    seconds < 90 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0 }).format(
    Math.max(1, Math.ceil(value)),
  );
}

/** Seconds of music or film as `3:07`, `1:02:45`. */
export function formatLength(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** Takes out the spaces that belong around foreign words only. */
export const closeUp = (text: string) => text.replace(/(\p{Script=Han}) (?=\p{Script=Han})/gu, "$1");

export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}
