/** A name that keeps its end where there is no room: what kind of file it is, and which of many alike. */
import { shownName, splitName } from "@/ui/names";
import classes from "./name.module.css";

export function FileName({ name: real, folder, className }: { name: string; folder: boolean; className?: string }) {
  const name = shownName(real);
  const [start, end] = splitName(name, folder);
  if (!end)
    return (
      <span className={className} data-name title={name}>
        {name}
      </span>
    );
  // What is seen is drawn in two parts; what is read out, found and tested is the name.
  return (
    <span className={`${className ?? ""} ${classes.split}`} data-name data-start={start} data-end={end} dir="auto" title={name}>
      <span className={classes.whole}>{name}</span>
    </span>
  );
}
