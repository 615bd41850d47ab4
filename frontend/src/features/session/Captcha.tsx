/** The challenge the site asks for. What it yields travels in the body of the request. */
import { ActionIcon, Box, Group, Image, Skeleton, TextInput } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { useConfig } from "@/api/config";

export interface CaptchaAnswer {
  captcha?: string;
  ticket?: string;
}

interface Props {
  /** Counts failed attempts; each one needs a new challenge. */
  round: number;
  onAnswer: (answer: CaptchaAnswer) => void;
}

export function Captcha(props: Props) {
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
  return <Picture {...props} />;
}

function Picture({ round, onAnswer }: Props) {
  const { t } = useTranslation();
  const [value, setValue] = useState("");
  const drawn = useQuery({
    queryKey: ["captcha", round],
    queryFn: () => call<{ image: string; ticket: string }>("GET", "/site/captcha"),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const ticket = drawn.data?.ticket;
  useEffect(() => setValue(""), [ticket]);
  return (
    <Group align="end" gap="sm" wrap="nowrap">
      <TextInput
        flex={1}
        label={t("session.captcha")}
        value={value}
        autoComplete="off"
        required
        onChange={(event) => {
          setValue(event.currentTarget.value);
          onAnswer({ captcha: event.currentTarget.value, ticket });
        }}
      />
      <Box w={150} h={36}>
        {drawn.data ? (
          <Image src={drawn.data.image} alt={t("session.captchaPicture")} h={36} fit="contain" radius="sm" bg="#fff" />
        ) : (
          <Skeleton h={36} />
        )}
      </Box>
      <ActionIcon size={36} aria-label={t("session.captchaAnother")} onClick={() => void drawn.refetch()}>
        <IconRefresh size={18} />
      </ActionIcon>
    </Group>
  );
}

interface Renderer {
  render: (target: HTMLElement, options: object) => unknown;
  ready?: (then: () => void) => void;
}

/** A vendor's widget, loaded from the vendor as its terms demand. */
function Widget(props: Props & { script: string; global: string; siteKey: string; field: "captcha" | "ticket" }) {
  const { script, global, siteKey, field, round, onAnswer } = props;
  const target = useRef<HTMLDivElement>(null);
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
