/** The challenge the site asks for. What it yields travels in the body of the request. */
import { ActionIcon, Box, Group, Image, Skeleton, Stack, TextInput } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfig } from "@/api/config";
import { errorText } from "@/shared/message";
import { captchaQuery } from "./data/captcha";
import { Cap } from "./Cap";

export interface CaptchaAnswer {
  captcha?: string;
  ticket?: string;
}

export interface CaptchaProps {
  /** Counts failed attempts; each one needs a new challenge. */
  round: number;
  onAnswer: (answer: CaptchaAnswer) => void;
}

export function Captcha(props: CaptchaProps) {
  const config = useConfig("basic");
  if (!config) return <Skeleton h={60} />;
  if (config.captcha_type === "turnstile")
    return (
      <Widget
        {...props}
        script="https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit"
        global="turnstile"
        siteKey={config.turnstile_site_id ?? ""}
        field="ticket"
      />
    );
  if (config.captcha_type === "recaptcha")
    return (
      <Widget
        {...props}
        script="https://www.recaptcha.net/recaptcha/api.js?render=explicit"
        global="grecaptcha"
        siteKey={config.captcha_ReCaptchaKey ?? ""}
        field="captcha"
      />
    );
  if (config.captcha_type === "cap") return <Cap {...props} />;
  return <Picture {...props} />;
}

function Picture({ round, onAnswer }: CaptchaProps) {
  const { t } = useTranslation();
  const [value, setValue] = useState("");
  const drawn = useQuery(captchaQuery(round));
  const ticket = drawn.data?.ticket;
  // What was typed belongs to the picture that was seen; a new one begins anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the round alone says that there is a new one
  useEffect(() => {
    setValue("");
  }, [round]);
  useEffect(() => {
    onAnswer({ captcha: value, ticket });
  }, [value, ticket, onAnswer]);
  const another = () => {
    setValue("");
    void drawn.refetch();
  };
  return (
    <Stack gap="xs">
      <Group gap="xs" wrap="nowrap">
        <Box flex={1} h={60}>
          {drawn.data ? (
            <Image src={drawn.data.image} alt={t("session.captchaPicture")} h={60} w="100%" fit="contain" radius="md" bg="#fff" style={{ border: "1px solid var(--line)" }} />
          ) : (
            <Skeleton h={60} />
          )}
        </Box>
        <ActionIcon size="lg" aria-label={t("session.captchaAnother")} onClick={another}>
          <IconRefresh size={20} />
        </ActionIcon>
      </Group>
      <TextInput
        label={t("session.captcha")}
        error={drawn.error && errorText(drawn.error)}
        value={value}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        onChange={(event) => setValue(event.currentTarget.value)}
      />
    </Stack>
  );
}

interface Renderer {
  render: (target: HTMLElement, options: object) => unknown;
  ready?: (then: () => void) => void;
}

/** A vendor's widget, loaded from the vendor as its terms demand. */
function Widget(props: CaptchaProps & { script: string; global: string; siteKey: string; field: "captcha" | "ticket" }) {
  const { script, global, siteKey, field, round, onAnswer } = props;
  const target = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round draws another challenge
  useEffect(() => {
    const holder = target.current;
    if (!holder) return;
    let gone = false;
    const draw = () => {
      const vendor = (window as unknown as Record<string, Renderer | undefined>)[global];
      if (gone || !vendor) return;
      holder.replaceChildren();
      const place = holder.appendChild(document.createElement("div"));
      const render = () =>
        vendor.render(place, { sitekey: siteKey, callback: (token: string) => onAnswer({ [field]: token }) });
      if (vendor.ready) vendor.ready(render);
      else render();
    };
    const known = document.querySelector<HTMLScriptElement>(`script[src="${script}"]`);
    if (known?.dataset.loaded) draw();
    else {
      const tag = known ?? document.head.appendChild(Object.assign(document.createElement("script"), { src: script }));
      tag.addEventListener("load", () => {
        tag.dataset.loaded = "yes";
        draw();
      });
    }
    return () => void (gone = true);
  }, [script, global, siteKey, field, round, onAnswer]);
  return <div ref={target} style={{ minHeight: 65 }} />;
}
