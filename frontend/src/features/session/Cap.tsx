/** Cap's challenge. The widget comes with the interface: its instance hands out puzzles, never code. */
import solver from "@cap.js/wasm/browser/cap_wasm_bg.wasm?url";
import type { CapSolveEvent } from "@cap.js/widget";
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useConfig } from "@/api/config";
import { keys } from "@/api/keys";
import { ApiError, Code } from "@/api/error";
import { errorText } from "@/shared/message";
import type { CaptchaProps } from "./Captcha";
import classes from "./cap.module.css";

interface Added {
  required: boolean;
  onsolve: (event: CapSolveEvent) => void;
  onreset: () => void;
  oninvalid: (event: Event & { currentTarget: HTMLElement }) => void;
}

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "cap-widget": React.HTMLAttributes<HTMLElement> & React.Attributes & Added;
    }
  }
}

/** It reads its settings while it is loaded. */
async function loadWidget(): Promise<true> {
  // The link in its corner is to tell nobody where people sign in.
  Object.assign(window, { CAP_CUSTOM_WASM_URL: solver, CAP_DISABLE_WIDGET_REF: true });
  await import("@cap.js/widget").catch(() => {
    throw new ApiError(Code.network, "network");
  });
  return true;
}

export function Cap({ round, onAnswer }: CaptchaProps) {
  const { t } = useTranslation();
  const config = useConfig("basic");
  const { error } = useQuery({ queryKey: keys.widget(), queryFn: loadWidget, staleTime: Number.POSITIVE_INFINITY });
  const { captcha_cap_instance_url: instance, captcha_cap_site_key: key } = config ?? {};
  const [ask, asking, done] = [t("session.capAsk"), t("session.capAsking"), t("session.capDone")];
  const failed = t("session.capFailed");
  if (error)
    return (
      <Text size="sm" role="alert" c="var(--mantine-color-error)">
        {errorText(error)}
      </Text>
    );
  return (
    <cap-widget
      key={round}
      className={classes.cap}
      required
      data-cap-api-endpoint={instance && key ? `${instance.replace(/\/+$/, "")}/${key}/` : undefined}
      data-cap-i18n-initial-state={ask}
      data-cap-i18n-required-label={ask}
      data-cap-i18n-group-aria-label={ask}
      data-cap-i18n-verify-aria-label={ask}
      data-cap-i18n-verifying-label={asking}
      data-cap-i18n-verifying-aria-label={asking}
      data-cap-i18n-solved-label={done}
      data-cap-i18n-verified-aria-label={done}
      data-cap-i18n-error-label={failed}
      data-cap-i18n-error-aria-label={failed}
      data-cap-i18n-wasm-disabled={t("session.capSlow")}
      onsolve={(event) => onAnswer({ ticket: event.detail.token })}
      onreset={() => onAnswer({})}
      // The browser cannot do it: what takes the focus is within.
      oninvalid={({ currentTarget }) => currentTarget.shadowRoot?.querySelector<HTMLElement>("[part=trigger]")?.focus()}
    />
  );
}
