/** A way to another page of the console. */
import { Anchor } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface Props {
  page: string;
  search: Record<string, string>;
  children: ReactNode;
}

export function PageLink({ page, search, children }: Props) {
  const navigate = useNavigate();
  const go = (event: React.MouseEvent) => {
    if (event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    void navigate({ to: "/admin/$page", params: { page }, search });
  };
  return (
    <Anchor size="sm" underline="always" href={`/admin/${page}?${new URLSearchParams(search)}`} onClick={go}>
      {children}
    </Anchor>
  );
}
