/** Moves what a storage policy keeps, of everybody or of one account, to another policy. */
import { Alert, Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ask } from "@/ui/dialogs";
import { formatBytes, formatNumber } from "@/ui/format";
import { showTrouble } from "@/shared/message";
import { policiesQuery, type PolicyRow } from "../../data/policies";
import { relocatableQuery, relocatePolicy } from "../../data/relocation";
import { PICKERS } from "../../list/pickers";
import { isId } from "../../list/Picker";
import { refusal } from "../../refusal";
import { Course } from "./Course";

interface Wanted {
  title: string;
  /** What it moves from, where that is settled. */
  policy?: PolicyRow;
  /** Whose it is, where that is settled. */
  user?: { id: number; email: string };
}

/** Resolves when it is closed. */
export const askRelocation = (wanted: Wanted) => ask<boolean>((done) => <RelocationDialog {...wanted} done={done} />);

/** Keeps nothing itself. */
const SPREAD = "load_balance";

/** Groups whose new files go by one policy and may not go by another. */
const withoutOffer = (from?: PolicyRow, to?: PolicyRow) => {
  const offered = new Set(to?.edges.groups?.map(({ id }) => id));
  return (to && from?.edges.groups?.filter(({ id }) => !offered.has(id)).map(({ name }) => name)) || [];
};

function RelocationDialog({ title, policy, user, done }: Wanted & { done: (begun?: boolean) => void }) {
  const { t } = useTranslation();
  const { data } = useQuery(policiesQuery);
  const [from, setFrom] = useState(policy ? String(policy.id) : "");
  const [to, setTo] = useState("");
  const [person, setPerson] = useState(user ? String(user.id) : "");
  const whose = isId(person) ? Number(person) : undefined;
  const { data: amount } = useQuery(relocatableQuery(Number(from), whose));
  const begin = useMutation({ mutationFn: () => relocatePolicy(Number(from), Number(to), whose), onError: (error) => showTrouble(refusal(error)) });
  // From the click on: a second one begins nothing.
  const [sent, setSent] = useState(false);
  const all = data?.rows ?? [];
  const byId = (id: string) => all.find((row) => String(row.id) === id);
  const named = (rows: PolicyRow[]) => rows.map(({ id, name }) => ({ value: String(id), label: name }));
  const left = withoutOffer(byId(from), byId(to));
  return (
    <Modal opened onClose={() => done(begin.isSuccess)} title={title} closeButtonProps={{ "aria-label": t("app.close") }}>
      {begin.data ? (
        <Course id={begin.data.id} close={() => done(true)} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (sent) return;
            setSent(true);
            begin.mutate(undefined, { onError: () => setSent(false) });
          }}
        >
          <Stack>
            <Text size="sm">{t("admin.relocation.hint")}</Text>
            {!policy && <Select label={t("admin.relocation.from")} data={named(all.filter(({ type }) => type !== SPREAD))} value={from || null} onChange={(next) => setFrom(next ?? "")} allowDeselect={false} searchable data-autofocus />}
            <Select label={t("admin.relocation.to")} data={named(all.filter(({ id }) => String(id) !== from))} value={to || null} onChange={(next) => setTo(next ?? "")} allowDeselect={false} searchable data-autofocus={policy ? true : undefined} />
            {user ? <Text size="sm">{t("admin.relocation.whose", { email: user.email })}</Text> : <PICKERS.person label={t("admin.relocation.account")} value={person} change={setPerson} />}
            {amount && (
              <Text fw={600} aria-live="polite">
                {t("admin.kept", { number: formatNumber(amount.blobs), size: formatBytes(amount.bytes) })}
              </Text>
            )}
            {left.length > 0 && <Alert color="yellow">{t("admin.relocation.notOffered", { groups: left.join(", ") })}</Alert>}
            <Group justify="end">
              <Button variant="default" onClick={() => done()}>
                {t("app.cancel")}
              </Button>
              <Button type="submit" loading={sent} disabled={!to || !amount?.blobs}>
                {t("admin.relocation.begin")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
