/** A line of the sidebar, apart from other links: pages without a sidebar need not load it. */
import { NavLink, type NavLinkProps } from "@mantine/core";
import { createLink, type LinkComponent } from "@tanstack/react-router";
import { forwardRef } from "react";

const PlainNavLink = forwardRef<HTMLAnchorElement, NavLinkProps & { href?: string }>((props, ref) => <NavLink ref={ref} component="a" {...props} />);

export const SideLink: LinkComponent<typeof PlainNavLink> = createLink(PlainNavLink);
