/** What numbers of settings count, and how much that is in words. */
import i18next from "i18next";
import { formatBytes } from "@/ui/format";

const BYTES = /(^maxEditSize|^archive_max_size|^avatar_size|_max_size|_max_file_size|_size_(local|remote)|_bytes_per_second)$/;
const SECONDS = /(_timeout|_ttl|_maxage|_max_age|_margin|_debounce|_keepalive|_max_execution|_backoff_max_duration|_retry_delay)$/;

export const unitOf = (key: string) => (BYTES.test(key) ? "bytes" : SECONDS.test(key) ? "seconds" : undefined);

const PARTS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** Nothing of it is left out: `1 day 6 hours`. */
export function inWords(seconds: number): string {
  let rest = seconds;
  const said = PARTS.map(([unit, length]) => {
    const count = unit === "second" ? rest : Math.floor(rest / length);
    rest -= count * length;
    return count > 0 && new Intl.NumberFormat(i18next.language || "en", { style: "unit", unit, unitDisplay: "long" }).format(count);
  });
  return said.filter(Boolean).join(" ");
}

/** How much a value is; nothing for what is no amount. */
export function amount(key: string, value: string): string {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number) || number <= 0) return "";
  const unit = unitOf(key);
  return unit === "bytes" ? formatBytes(number) : unit === "seconds" ? inWords(number) : "";
}
