/** Where bytes go. */
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { formatFullTime } from "@/ui/format";
import { loadPolicies, type PolicyRow } from "../data/policies";
import { refresh } from "../data/refresh";
import { Listing } from "../list/Listing";
import type { Kind } from "../list/types";
import { word } from "../words";
import { kindOf, TYPES } from "./policy/kinds";
import { PolicyDetail } from "./policy/PolicyDetail";
import { askPolicy } from "./policy/Wizard";

const KIND: Kind<PolicyRow> = {
  id: "policies",
  load: loadPolicies,
  nameOf: ({ name }) => name,
  columns: [
    { id: "name", cell: ({ name }) => name },
    { id: "kind", cell: (policy) => word(`policy_${kindOf(policy)}`) },
    { id: "groups", cell: ({ edges }) => edges.groups?.map(({ name }) => name).join(", ") ?? "" },
    { id: "updated", cell: ({ updated_at }) => formatFullTime(updated_at), text: ({ updated_at }) => updated_at, order: "updated_at" },
    { id: "id", cell: ({ id }) => id, extra: true },
  ],
  filters: [{ name: "policy_type", choices: TYPES, of: "policy" }],
  Detail: PolicyDetail,
  Tools,
};

export const PoliciesPage = () => <Listing kind={KIND} />;

function Tools() {
  const { t } = useTranslation();
  const add = async () => {
    if (await askPolicy()) await refresh(KIND.id);
  };
  return (
    <Button leftSection={<IconPlus size={16} />} onClick={() => void add()}>
      {t("admin.newPolicy")}
    </Button>
  );
}
