/** What the rules of a form make of a file, while they are written. */
import { Code, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Values } from "../../form/types";
import { example } from "./variables";

export function Example({ values }: { values: Values }) {
  const { t } = useTranslation();
  const [now] = useState(() => new Date());
  return (
    <div>
      <Text size="sm" c="dimmed">
        {t("admin.policy.example")}
      </Text>
      <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }} data-example>
        {example(String(values.dir_name_rule), String(values.file_name_rule), now)}
      </Code>
    </div>
  );
}
