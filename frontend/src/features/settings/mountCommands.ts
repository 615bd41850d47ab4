/** Commands that people copy into a terminal. */

/**
 * Names the drive for rclone; a test of the server runs it as it stands here, on one line. The vendor decides that times are kept and
 * uploads verified. Without `--obscure` rclone takes a password of letters and digits for one that is obscured already.
 */
export const RCLONE = "rclone config create drive webdav url={{server}} vendor=owncloud user={{email}} pass={{password}} --obscure";

/** The command with its marks replaced. */
export function filled(command: string, values: Readonly<Record<string, string>>): string {
  return command.replace(/\{\{(\w+)\}\}/g, (mark, name: string) => values[name] ?? mark);
}
