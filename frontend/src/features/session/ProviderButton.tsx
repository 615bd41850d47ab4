import { Button } from "@mantine/core";
import { IconLogin2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Provider } from "@/api/providers";

export function ProviderButton({ provider, disabled, onChoose }: { provider: Provider; disabled: boolean; onChoose: () => void }) {
  const { t } = useTranslation();
  const icon = provider.icon ? <img src={provider.icon} alt="" width={18} height={18} /> : <IconLogin2 size={18} />;
  return (
    <Button variant="default" leftSection={icon} disabled={disabled} onClick={onChoose}>
      {t("session.withProvider", { name: provider.name })}
    </Button>
  );
}
