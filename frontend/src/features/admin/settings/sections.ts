/** Where a setting is found: by what its name begins with, the first that fits. */
const SECTIONS: [string, RegExp][] = [
  ["site", /^(site|pwa_|tos_url|privacy_|show_|logo|app_)/],
  ["people", /^(?!fts_)(register_|email_active|default_group|authn_|expose_|avatar_|gravatar_|.*_config$|.*_login$|(ldap|logto|oidc|phone)_enabled|ban_time|mail_domain|reset_after)/],
  ["captcha", /captcha/],
  ["mail", /^(mail_|smtp|from|replyTo)/],
  ["media", /^(thumb_|media_)/],
  ["queues", /^queue_/],
  ["search", /^fts_/],
  ["looks", /^(theme|defaultTheme|custom_nav|headless_|sidebar_|explorer_icons|emojis|file_viewers|viewer_|custom_props)/],
  ["tokens", /(_ttl|secret_key|hash_id_salt|siteID|encrypt_|access_token|refresh_token)/],
  ["schedules", /^(cron|scrub)_/],
];

/** What is set first on a new site comes first; the rest by name. */
const FIRST = ["siteName", "siteDes", "siteURL", "register_enabled", "default_group", "email_active", "captcha_type", "smtpHost", "smtpPort", "smtpUser", "smtpPass", "smtpEncryption", "fromName", "fromAdress", "replyTo", "theme_options", "defaultTheme"];

export function byImportance<S extends { key: string }>(settings: S[]): S[] {
  const place = ({ key }: S) => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
  // Sorting keeps the order of those that are alike.
  return [...settings].sort((one, other) => place(one) - place(other));
}

export const SECTION_IDS = [...SECTIONS.map(([id]) => id), "files"];

export const sectionOf = (key: string) => SECTIONS.find(([, names]) => names.test(key))?.[0] ?? "files";
