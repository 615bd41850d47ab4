/** Variables of naming rules: what they mean is said by the texts “variables”. */

export interface Variable {
  name: string;
  /** What it might be. */
  sample: (now: Date) => string;
  /** Never the same twice. */
  unique?: boolean;
  /** Means nothing in names. */
  ofFolders?: boolean;
}

interface Chapter {
  id: "unique" | "file" | "time" | "random";
  variables: Variable[];
}

const pad = (number: number) => String(number).padStart(2, "0");
const date = (now: Date) => `${now.getFullYear()}${pad(now.getMonth() + 1)}${pad(now.getDate())}`;
const time = (now: Date) => pad(now.getHours()) + pad(now.getMinutes()) + pad(now.getSeconds());

export const CHAPTERS: Chapter[] = [
  {
    id: "unique",
    variables: [
      { name: "uuid", sample: () => "7d3f0a52-94c1-4be8-a6f0-2c85e1b7d904", unique: true },
      { name: "randomkey16", sample: () => "tQ7bXk2RzW9mLc4V", unique: true },
      { name: "randomkey8", sample: () => "f8Kq2ZpB", unique: true },
    ],
  },
  {
    id: "file",
    variables: [
      { name: "originname", sample: () => "beach.jpg" },
      { name: "originname_without_ext", sample: () => "beach" },
      { name: "ext", sample: () => ".jpg" },
      { name: "path", sample: () => "/photos/", ofFolders: true },
      { name: "uid", sample: () => "1" },
    ],
  },
  {
    id: "time",
    variables: [
      { name: "date", sample: date },
      { name: "datetime", sample: (now) => date(now) + time(now) },
      { name: "year", sample: (now) => String(now.getFullYear()) },
      { name: "month", sample: (now) => pad(now.getMonth() + 1) },
      { name: "day", sample: (now) => pad(now.getDate()) },
      { name: "hour", sample: (now) => pad(now.getHours()) },
      { name: "minute", sample: (now) => pad(now.getMinutes()) },
      { name: "second", sample: (now) => pad(now.getSeconds()) },
      { name: "timestamp", sample: (now) => String(Math.floor(now.getTime() / 1000)) },
      { name: "timestamp_nano", sample: (now) => `${now.getTime()}000000` },
    ],
  },
  { id: "random", variables: ["2", "3", "4", "8"].map((below) => ({ name: `randomnum${below}`, sample: () => "1" })) },
];

const ALL = CHAPTERS.flatMap(({ variables }) => variables);

const expand = (rule: string, now: Date, isFolder: boolean) =>
  rule.replace(/\{(\w+)\}/g, (written, name: string) => {
    const variable = ALL.find((each) => each.name === name && (isFolder || !each.ofFolders));
    return variable ? variable.sample(now) : written;
  });

/** Where `beach.jpg` in the folder `photos` might be kept. */
export const example = (folder: string, file: string, now: Date) =>
  `${expand(folder, now, true)}/${expand(file, now, false)}`
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");

/** Whether two files of one name get two names. */
export const isUnique = (...rules: string[]) => ALL.some(({ name, unique }) => unique && rules.some((rule) => rule.includes(`{${name}}`)));
