/** Where a setting is found: by what its name begins with, the first that fits. */
const SECTIONS: [string, RegExp][] = [
  ["site", /^(site|pwa_|tos_url|privacy_|show_|logo|app_)/],
  ["people", /^(register_|email_active|default_group|authn_|expose_|avatar_|gravatar_|.*_config$|mail_domain|reset_after)/],
  ["captcha", /captcha/],
  ["mail", /^(mail_|smtp|from|replyTo)/],
  ["media", /^(thumb_|media_)/],
  ["queues", /^queue_/],
  ["search", /^fts_/],
  ["looks", /^(theme|defaultTheme|custom_nav|headless_|sidebar_|explorer_icons|emojis|file_viewers|viewer_|custom_props)/],
  ["tokens", /(_ttl|secret_key|hash_id_salt|siteID|encrypt_|access_token|refresh_token)/],
  ["schedules", /^cron_/],
];

export const SECTION_IDS = [...SECTIONS.map(([id]) => id), "files"];

export const sectionOf = (key: string) => SECTIONS.find(([, names]) => names.test(key))?.[0] ?? "files";
