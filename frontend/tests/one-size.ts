/** In a hurry each tour goes at one of the sizes, in turns; `ALCOVE_SIZES=all` takes it at both. */
import { beforeEach } from "vitest";
import { SIZES } from "./tour";

beforeEach(({ task, skip }) => {
  const at = SIZES.findIndex((size) => task.suite?.name.endsWith(`at a '${size.name}'`));
  const turn = task.suite?.tasks.indexOf(task) ?? 0;
  if (at >= 0 && turn % SIZES.length !== at) skip("make test-all takes it at this size, too");
});
