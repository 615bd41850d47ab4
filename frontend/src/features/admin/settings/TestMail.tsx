/** Tries whether mail leaves, by what is typed and not saved yet. */
import { Button } from "@mantine/core";
import { IconMail } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useAccount } from "@/api/use-account";
import { showDone } from "@/shared/message";
import { sendTestMail } from "../data/settings";
import { askForm } from "../form/FormDialog";

export function TestMail({ changes }: { changes: Record<string, string> }) {
  const { t } = useTranslation();
  const email = useAccount()?.user.email ?? "";
  const send = async () => {
    const sent = await askForm({
      title: t("admin.testMail"),
      fields: [{ name: "email", kind: "text", required: true }],
      values: { email },
      action: t("admin.send"),
      submit: ({ email: to }) => sendTestMail(String(to), changes),
    });
    if (sent) showDone(t("admin.mailSent"));
  };
  return (
    <Button variant="default" leftSection={<IconMail size={16} />} onClick={() => void send()}>
      {t("admin.testMail")}
    </Button>
  );
}
