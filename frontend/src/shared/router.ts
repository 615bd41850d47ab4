/** The router, for what is no component. Its pages are made of what asks for it, so app hands it down. */
import type { RegisteredRouter } from "@tanstack/react-router";

export let router: RegisteredRouter;

export function provideRouter(made: RegisteredRouter) {
  router = made;
}
