/** Everything about one policy. */
import { Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { showTrouble } from "@/shared/message";
import { formatBytes, formatFullTime, formatNumber } from "@/ui/format";
import { askName } from "../../ask";
import { changePolicy, deletePolicy, type PolicyRow, policiesQuery, policyQuery, setCors, testPolicy } from "../../data/policies";
import { healthQuery } from "../../data/health";
import { refresh } from "../../data/refresh";
import { askForm } from "../../form/FormDialog";
import { inWords } from "../../form/named";
import { RoomLeft, Works } from "../../health/Standing";
import { type Deed, Deeds, Facts, Part } from "../../list/Detail";
import { word } from "../../words";
import { askRelocation } from "../relocation/Dialog";
import { told } from "../../refusal";
import { fieldsOf, type PolicyField } from "./fields";
import { askImport } from "./ImportDialog";
import { CAN_IMPORT, HAVE_CORS, isKind, kindOf } from "./kinds";
import { isSignedInTo, Redirect, SignIn, signInDeeds } from "./microsoft";
import { Members, QuorumMeaning } from "./MembersInput";
import { membersOf, mirrorsWith } from "./mirror";
import { asSent, policyOf, valuesOf } from "./values";

/** The policy that every site has. */
const DEFAULT = 1;

function fieldsFor(policy: PolicyRow): PolicyField[] {
  const kind = kindOf(policy);
  // Of a kind that came later only the name is known.
  if (!isKind(kind)) return [{ name: "name", kind: "text", required: true }];
  const { connection, files, media } = fieldsOf(kind);
  return [...connection, ...files, ...media];
}

export function PolicyDetail({ row, close }: { row: PolicyRow; close: () => void }) {
  const { t } = useTranslation();
  const { data: policy } = useQuery(policyQuery(row.id));
  const { data: all } = useQuery(policiesQuery);
  const { data: health } = useQuery(healthQuery);
  const standing = health?.policies.find(({ id }) => id === row.id);
  const fields = fieldsFor(row);
  if (!policy) return <Loader />;
  const remove = async () => {
    if (!(await askName(t("admin.actions.delete"), t("admin.warnings.policies.delete", { name: policy.name }), policy.name))) return false;
    await deletePolicy(policy.id);
    return close();
  };
  const relocate = async () => {
    await askRelocation({ title: t("admin.relocation.title", { name: policy.name }), policy });
    // It goes on; nothing is done yet.
    return false;
  };
  const words = (said: string) => inWords(said, fields);
  // Whether it works is asked again with what was changed, or mended meanwhile.
  const looked = async (act: () => Promise<unknown>) => {
    try {
      return await act();
    } finally {
      void refresh("health");
    }
  };
  const test = async () => {
    const lacks = await testPolicy(asSent(policy));
    if (lacks.length > 0) showTrouble(lacks.join(" "));
    return lacks.length === 0;
  };
  const edit = () => askForm({ title: policy.name, fields, values: valuesOf(fields, policy), action: t("admin.save"), submit: (given) => changePolicy(policy, policyOf(fields, given, policy)) });
  const mirror = kindOf(policy) === "mirror" ? valuesOf(fields, policy) : undefined;
  const deeds: Deed[] = [
    { id: "edit", run: () => looked(edit) },
    { id: "test", run: () => looked(() => told(test, words)) },
    ...(HAVE_CORS.includes(policy.type) ? [{ id: "cors", run: () => told(() => setCors(asSent(policy)), words) }] : []),
    ...(CAN_IMPORT.includes(kindOf(policy)) ? [{ id: "import", run: () => askImport(policy) }] : []),
    ...(policy.type === "load_balance" ? [] : [{ id: "relocate", run: relocate }]),
    ...signInDeeds(policy, t("admin.actions.chooseSite")),
    ...(policy.id === DEFAULT ? [] : [{ id: "delete", danger: true, run: remove }]),
  ];
  return (
    <Part>
      <Deeds kind="policies" deeds={deeds} />
      <Facts
        facts={[
          ["kind", word(`policy_${kindOf(policy)}`)],
          ["works", standing && <Works key="works" policy={standing} />],
          ["room", standing?.free === undefined ? undefined : <RoomLeft key="room" policy={standing} />],
          ["server", policy.server],
          [kindOf(policy) === "webdav" ? "dav_folder" : "bucket", policy.bucket_name],
          ["redirect", isSignedInTo(policy) ? <Redirect key="redirect" /> : undefined],
          ["signedIn", isSignedInTo(policy) ? <SignIn key="signedIn" policy={policy} /> : undefined],
          ["mirror_members", mirror && <Members key="members" of={membersOf(mirror.members)} />],
          ["in_mirror", mirrorsWith(policy.id, all?.rows ?? []).join(", ")],
          ["root", (policy.settings as { root?: string }).root],
          ["quorum", mirror && <QuorumMeaning key="quorum" values={mirror} />],
          ["node", policy.edges.node?.name],
          ["groups", policy.edges.groups?.map(({ name }) => name).join(", ")],
          ["kept", t("admin.kept", { number: formatNumber(policy.entities_count ?? 0), size: formatBytes(policy.entities_size ?? 0) })],
          ["folder_rule", policy.dir_name_rule],
          ["name_rule", policy.file_name_rule],
          ["max_size", policy.max_size && formatBytes(policy.max_size)],
          ["updated", formatFullTime(policy.updated_at)],
          ["id", policy.id],
        ]}
      />
    </Part>
  );
}
