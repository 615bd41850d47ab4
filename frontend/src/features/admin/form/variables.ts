/** Variables of the names of blobs, and what they are for one file. */
const VALUES = {
  uuid: "0b54d7a3-4c1e-4f0b-9b1e-6f8e2d1c7a55",
  randomkey16: "k3Jd92LmQx7PzR4v",
  randomkey8: "Zt6wQ1bN",
  uid: "7",
  path: "photos/",
  originname: "beach.jpg",
  originname_without_ext: "beach",
  ext: ".jpg",
  timestamp: "1790000000",
  timestamp_nano: "1790000000000000000",
  datetime: "20260921142640",
  date: "20260921",
  year: "2026",
  month: "09",
  day: "21",
  hour: "14",
  minute: "26",
  second: "40",
  randomnum2: "1",
  randomnum3: "2",
  randomnum4: "0",
  randomnum8: "5",
} as const;

export const VARIABLES = Object.keys(VALUES) as (keyof typeof VALUES)[];

/** What a rule makes of a picture `beach.jpg` in a folder `photos`. */
export const example = (rule: string) => rule.replace(/\{(\w+)\}/g, (whole, name: string) => (VALUES as Record<string, string>)[name] ?? whole);
