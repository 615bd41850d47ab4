/** Mantine's looks on the router's links, with the router's checking of addresses. */
import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink, type LinkComponent } from "@tanstack/react-router";
import { forwardRef } from "react";

const PlainAnchor = forwardRef<HTMLAnchorElement, AnchorProps & { href?: string }>((props, ref) => <Anchor ref={ref} {...props} />);
const PlainButton = forwardRef<HTMLAnchorElement, ButtonProps & { href?: string }>((props, ref) => <Button ref={ref} component="a" {...props} />);

export const AnchorLink: LinkComponent<typeof PlainAnchor> = createLink(PlainAnchor);
export const ButtonLink: LinkComponent<typeof PlainButton> = createLink(PlainButton);
