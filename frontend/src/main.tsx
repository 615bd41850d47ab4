import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./app/global.css";
import "./app/touch.css";
import { createRoot } from "react-dom/client";
import "./app/join";
import { App } from "./app/App";
import { startLanguage } from "@/shared/languages";
import { mendClipboard } from "./ui/clipboard";
import { refuseStrayDrops } from "./ui/drops";

mendClipboard();
refuseStrayDrops();
await startLanguage();
const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
