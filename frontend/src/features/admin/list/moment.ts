/** Moments as a field of the browser has them, in the time of whoever looks, and as the server wants them. */
const FIELD = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

const two = (number: number) => String(number).padStart(2, "0");

/** RFC 3339; empty for what is no moment. */
export function toMoment(field: string): string {
  const date = new Date(field);
  return FIELD.test(field) && !Number.isNaN(date.getTime()) ? date.toISOString() : "";
}

export function toField(moment: string): string {
  const date = new Date(moment);
  if (!moment || Number.isNaN(date.getTime())) return "";
  const day = [String(date.getFullYear()).padStart(4, "0"), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
