import type { Settings } from "@/api/wire";
import { GrantsSection, IdentitiesSection } from "./GrantsSection";
import { PasskeysSection } from "./PasskeysSection";
import { PasswordSection } from "./PasswordSection";
import { SessionsSection } from "./SessionsSection";
import { TwoFactorSection } from "./TwoFactorSection";

export function SecurityTab({ settings }: { settings: Settings }) {
  return (
    <>
      <PasswordSection settings={settings} />
      <TwoFactorSection settings={settings} />
      <PasskeysSection settings={settings} />
      <IdentitiesSection settings={settings} />
      <SessionsSection />
      <GrantsSection settings={settings} />
    </>
  );
}
