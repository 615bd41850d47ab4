import { Menu } from "@mantine/core";
import { chooseLanguage, LANGUAGES } from "@/shared/languages";
import { LanguageButton } from "./parts";

export default function LanguageMenu() {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <LanguageButton />
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(LANGUAGES).map(([tag, name]) => (
          <Menu.Item key={tag} lang={tag} onClick={() => void chooseLanguage(tag)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
