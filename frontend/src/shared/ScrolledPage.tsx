/** A page that scrolls as a whole. */
import { Box, type BoxProps } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./scrolled-page.module.css";

export const ScrolledPage = ({ children, ...room }: Pick<BoxProps, "p"> & { children: ReactNode }) => (
  <Box className={classes.page} {...room}>
    {children}
  </Box>
);
