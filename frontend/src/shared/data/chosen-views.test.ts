import { expect, test } from "vitest";
import { chooseView, moment, withChosenView } from "./chosen-views";

const old = { view: { order: "name" }, files: [] };
const chosen = { order: "size" };

test("what was asked for before a view was saved shows the view all the same", () => {
  const asked = moment();
  const choice = chooseView("cloudreve://my/a", chosen);
  expect(withChosenView("cloudreve://my/a", asked, old)).toEqual({ ...old, view: chosen });
  const later = moment();
  choice.saved();
  expect(withChosenView("cloudreve://my/a", later, old).view).toBe(chosen);
  expect(withChosenView("cloudreve://my/b", later, old)).toBe(old);
});

test("what is asked for afterwards shows what the server says", () => {
  chooseView("cloudreve://my/c", chosen).saved();
  expect(withChosenView("cloudreve://my/c", moment(), old)).toBe(old);
});

test("a view that could not be saved is forgotten, unless another was chosen since", () => {
  const first = chooseView("cloudreve://my/d", chosen);
  chooseView("cloudreve://my/d", { order: "updated_at" });
  first.failed();
  expect(withChosenView("cloudreve://my/d", moment(), old).view).toEqual({ order: "updated_at" });
  const second = chooseView("cloudreve://my/e", chosen);
  second.failed();
  expect(withChosenView("cloudreve://my/e", moment(), old)).toBe(old);
});
