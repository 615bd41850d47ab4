import { Typography } from "@mantine/core";
import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";
import classes from "./markdown.module.css";

/** Markdown as text with form: markup inside it stays text, and links leave the page. */
export default function Markdown({ text }: { text: string }) {
  return (
    <Typography className={classes.text}>
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        components={{ a: ({ node: _, ...props }) => <a {...props} target="_blank" rel="noopener noreferrer nofollow" /> }}
      >
        {text}
      </ReactMarkdown>
    </Typography>
  );
}
