import { Avatar, type AvatarProps } from "@mantine/core";
import type { User } from "@/api/wire";
import { initialsOf } from "@/ui/names";

/** A person's picture, or the initials. `fresh` asks past the cache after a change. */
export function UserAvatar({ user, fresh, ...props }: { user: User; fresh?: number } & AvatarProps) {
  const src = user.avatar ? `/api/v4/user/avatar/${user.id}${fresh ? `?nocache=${fresh}` : ""}` : undefined;
  return (
    <Avatar src={src} color="accent" alt="" aria-hidden {...props}>
      {initialsOf(user.nickname || user.email || "")}
    </Avatar>
  );
}
