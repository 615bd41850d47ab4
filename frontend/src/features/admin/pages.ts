/** The pages of the console, in the order of its menu. */
import type { ComponentType } from "react";
import {
  IconApps,
  IconChartBar,
  IconDatabase,
  IconFile,
  IconHeartbeat,
  IconHistory,
  IconListCheck,
  IconServer,
  IconSettings,
  IconShare,
  IconStack2,
  IconUser,
  IconUsersGroup,
} from "@tabler/icons-react";
import { HealthPage } from "./health/HealthPage";
import { AppsPage } from "./kinds/apps";
import { BlobsPage } from "./kinds/blobs";
import { EventsPage } from "./kinds/events";
import { FilesPage } from "./kinds/files";
import { GroupsPage } from "./kinds/groups";
import { NodesPage } from "./kinds/nodes";
import { PoliciesPage } from "./kinds/policies";
import { SharesPage } from "./kinds/shares";
import { TasksPage } from "./kinds/tasks";
import { UsersPage } from "./kinds/users";
import { OverviewPage } from "./overview/OverviewPage";
import { SettingsPage } from "./settings/SettingsPage";

interface Page {
  id: string;
  Icon: typeof IconUser;
  Page: ComponentType;
}

export const PAGES: Page[] = [
  { id: "overview", Icon: IconChartBar, Page: OverviewPage },
  { id: "settings", Icon: IconSettings, Page: SettingsPage },
  { id: "users", Icon: IconUser, Page: UsersPage },
  { id: "groups", Icon: IconUsersGroup, Page: GroupsPage },
  { id: "policies", Icon: IconDatabase, Page: PoliciesPage },
  { id: "health", Icon: IconHeartbeat, Page: HealthPage },
  { id: "nodes", Icon: IconServer, Page: NodesPage },
  { id: "files", Icon: IconFile, Page: FilesPage },
  { id: "blobs", Icon: IconStack2, Page: BlobsPage },
  { id: "shares", Icon: IconShare, Page: SharesPage },
  { id: "tasks", Icon: IconListCheck, Page: TasksPage },
  { id: "apps", Icon: IconApps, Page: AppsPage },
  { id: "events", Icon: IconHistory, Page: EventsPage },
];
