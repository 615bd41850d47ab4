/** Notices of what goes on in the background: apart from what people wait for, below dialogs and menus. */
import { createNotificationsStore } from "@mantine/notifications";

export const taskNotices = createNotificationsStore();
