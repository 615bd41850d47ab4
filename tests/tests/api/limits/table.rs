//! `docs/limits.md`: a row for every limit, and one for every text, list and map that an operation
//! of the description takes. Written anew with `ALCOVE_WRITE_DOCS=1`.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

/// What bounds a field; with the operation where the name alone does not tell.
const FIELDS: &[(&str, &str)] = &[
    ("PUT /file/pin body.uri", "`KEPT_URI_BYTES`; of all `PINS`"),
    ("PUT /file/pin body.name", "`PIN_NAME_CHARS`"),
    (
        "PUT /devices/dav body.uri",
        "`KEPT_URI_BYTES`; of all `DAV_ACCOUNTS`",
    ),
    ("PATCH /devices/dav/{id} body.uri", "`KEPT_URI_BYTES`"),
    ("PUT /devices/dav body.name", "`DAV_NAME_BYTES`"),
    ("PATCH /devices/dav/{id} body.name", "`DAV_NAME_BYTES`"),
    (
        "POST /user/authn body.name",
        "`PASSKEY_NAME_CHARS`; of all `PASSKEYS`",
    ),
    (
        "PUT /share body.uri",
        "`URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`; of all `SHARES`",
    ),
    ("PUT /share body.password", "`SHARE_PASSWORD_CHARS`"),
    (
        "GET /file/events query:uri",
        "`URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`; at a time `EVENT_STREAMS`, of all `FOLLOWED`",
    ),
    ("POST /share/{id} body.password", "`SHARE_PASSWORD_CHARS`"),
    (
        "PUT /file/upload body.uri",
        "`PATH_BYTES`, `PATH_DEPTH`; at a time `OPEN_UPLOADS`, through a share `SHARE_UPLOADS`, `VISITOR_UPLOADS`, `VISITOR_RESERVED_BYTES`",
    ),
    ("POST /file/create body.uri", "`PATH_BYTES`, `PATH_DEPTH`"),
    ("PUT /file/content query:uri", "`PATH_BYTES`, `PATH_DEPTH`"),
    (
        "POST /file/move body.dst",
        "`PATH_BYTES`, `PATH_DEPTH`, `MOVED_FOLDERS`; of copies setting `max_walked_files` of the group",
    ),
    (
        "GET /file query:uri",
        "`URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`; of searches `SEARCH_TERM_BYTES`, `SEARCH_FILTERS`; of answers `LISTED_URI_BYTES`",
    ),
    (
        "GET /file/archive query:uri",
        "`URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`; of the archive `ARCHIVE_READ_BYTES`, `ARCHIVE_ENTRIES`, `ARCHIVE_NAME_BYTES`, `ARCHIVE_DEPTH`",
    ),
    (
        "DELETE /user/setting/sessions/{id} path:id",
        "a UUID; anything else is nobody's",
    ),
    ("DELETE /file/source/{id} path:id", "`ID_CHARS`"),
    (
        "POST /workflow/archive body.src",
        "setting `max_batched_file`; of all `TASK_URIS_BYTES`",
    ),
    (
        "POST /workflow/archive body.src[]",
        "`TASK_URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`",
    ),
    (
        "POST /workflow/archive body.dst",
        "`TASK_URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`, `PATH_BYTES`, `PATH_DEPTH`",
    ),
    (
        "POST /workflow/archive body.password",
        "`PACKING_PASSWORD_BYTES`",
    ),
    ("POST /workflow/import body.src", "`TOOL_TEXT_BYTES`"),
    (
        "POST /workflow/import body.dst",
        "`PATH_BYTES`, `PATH_DEPTH`; as a URI `URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`",
    ),
    ("POST /workflow/import body.user_id", "`ID_CHARS`"),
    (
        "POST /workflow/extract body.src",
        "only the first one counts",
    ),
    (
        "POST /workflow/extract body.encoding",
        "a list; anything else is ignored",
    ),
    (
        "POST /workflow/extract body.password",
        "`EXTRACT_PASSWORD_BYTES`",
    ),
    ("POST /workflow/extract body.file_mask", "`EXTRACT_MASKS`"),
    (
        "POST /workflow/extract body.file_mask[]",
        "`EXTRACT_MASK_BYTES` all together",
    ),
    (
        "POST /workflow/download body.src",
        "`DOWNLOAD_LINKS`, setting `aria2_batch` of the group",
    ),
    (
        "POST /workflow/download body.src[]",
        "`DOWNLOAD_LINK_BYTES`",
    ),
    (
        "POST /workflow/download body.src_file",
        "`URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`; of the file `TORRENT_BYTES`",
    ),
    (
        "POST /workflow/download body.preferred_node_id",
        "not looked at",
    ),
    (
        "PATCH /workflow/download/{id} body.files",
        "`DOWNLOADED_FILES`",
    ),
    ("body.uris", "setting `max_batched_file`"),
    ("body.uris[]", "`URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`"),
    ("body.src", "setting `max_batched_file`"),
    ("body.src[]", "`URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`"),
    ("body.dst_policy_id", "`ID_CHARS`"),
    ("body.uri", "`URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`"),
    ("query:uri", "`URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`"),
    ("body.dst", "`URI_BYTES`, `URI_DEPTH`, `URI_PAIRS`"),
    ("query:path", "not looked at"),
    ("path:id", "`ID_CHARS`"),
    ("query:id", "`ID_CHARS`"),
    ("query:next_page_token", "`PAGE_TOKEN_BYTES`"),
    (
        "query:order_by",
        "one of some words; others are refused or mean the default",
    ),
    (
        "query:order_direction",
        "one of some words; others are refused or mean the default",
    ),
    ("body.email", "`EMAIL_CHARS`"),
    ("query:email", "`EMAIL_CHARS`"),
    (
        "body.password",
        "hashed or compared; only the body bounds it",
    ),
    ("body.captcha", "`CAPTCHA_BYTES`"),
    (
        "body.ticket",
        "compared with what is kept; only the body bounds it",
    ),
    ("body.refresh_token", "`TOKEN_BYTES`"),
    ("body.session_id", "a UUID; anything else is nobody's"),
    (
        "body.otp",
        "compared with what is kept; only the body bounds it",
    ),
    (
        "body.two_fa_code",
        "compared with what is kept; only the body bounds it",
    ),
    (
        "path:section",
        "one of some words; others are refused or mean the default",
    ),
    ("path:guid", "`APP_ID_CHARS`"),
    ("body.client_id", "`APP_ID_CHARS`"),
    (
        "body.client_secret",
        "compared with what is kept; only the body bounds it",
    ),
    (
        "body.grant_type",
        "one of some words; others are refused or mean the default",
    ),
    (
        "body.response_type",
        "one of some words; others are refused or mean the default",
    ),
    (
        "body.code",
        "compared with what is kept; only the body bounds it",
    ),
    (
        "body.code_verifier",
        "compared with what is kept; only the body bounds it",
    ),
    (
        "body.redirect_uri",
        "compared with what is kept; only the body bounds it",
    ),
    ("body.state", "handed back; only the body bounds it"),
    ("body.scope", "known words; others are refused"),
    ("body.code_challenge", "`CHALLENGE_CHARS`"),
    (
        "body.code_challenge_method",
        "one of some words; others are refused or mean the default",
    ),
    ("body.nonce", "`NONCE_CHARS`"),
    ("body.hint", "`HINT_CHARS`"),
    ("body.response", "`PASSKEY_BYTES`"),
    ("body.ua", "`PASSKEY_NAME_CHARS`"),
    ("body.language", "`PROFILE_TEXT_CHARS`"),
    ("body.nick", "`PROFILE_TEXT_CHARS`"),
    ("body.preferred_theme", "a colour"),
    ("body.version_retention_ext", "`EXTENSIONS`"),
    ("body.version_retention_ext[]", "`EXTENSION_CHARS`"),
    (
        "body.current_password",
        "compared with what is kept; only the body bounds it",
    ),
    ("body.new_password", "hashed; only the body bounds it"),
    ("body.share_links_in_profile", "`PROFILE_TEXT_CHARS`"),
    ("header:X-Cr-Client-Id", "a UUID; anything else is nobody's"),
    ("query:keyword", "`KEYWORD_CHARS`"),
    ("query:nocache", "not looked at"),
    (
        "query:sign",
        "compared with what is kept; only the body bounds it",
    ),
    (
        "body.secret",
        "compared with what is kept; only the body bounds it",
    ),
    (
        "query:extended",
        "one of some words; others are refused or mean the default",
    ),
    (
        "query:folder_summary",
        "one of some words; others are refused or mean the default",
    ),
    (
        "query:count_views",
        "one of some words; others are refused or mean the default",
    ),
    (
        "query:owner_extended",
        "one of some words; others are refused or mean the default",
    ),
    (
        "body.metadata",
        "`NEW_METADATA_ENTRIES`, `METADATA_BYTES`; through a share `VISITOR_METADATA_ENTRIES`, `VISITOR_METADATA_BYTES`; all of a drive `ACCOUNT_METADATA_BYTES`",
    ),
    (
        "body.metadata{}",
        "`METADATA_KEY_BYTES`, `METADATA_VALUE_BYTES`",
    ),
    ("body.new_name", "`NAME_BYTES`"),
    (
        "body.patches",
        "`PATCHES`, `PATCHED`; on a file `METADATA_ENTRIES`, `METADATA_BYTES`",
    ),
    ("body.patches[].key", "`METADATA_KEY_BYTES`"),
    ("body.patches[].value", "`METADATA_VALUE_BYTES`"),
    ("body.view", "`VIEW_BYTES`"),
    ("body.view.order", "255 bytes"),
    (
        "body.view.order_direction",
        "one of some words; others are refused or mean the default",
    ),
    (
        "body.view.view",
        "one of some words; others are refused or mean the default",
    ),
    ("body.view.columns", "`VIEW_COLUMNS`, `VIEW_BYTES`"),
    ("body.view.columns[].props", "`VIEW_BYTES`"),
    ("body.view.columns[].props.metadata_key", "`VIEW_BYTES`"),
    ("body.view.columns[].props.custom_props_id", "`VIEW_BYTES`"),
    ("body.tokens", "`LOCK_TOKENS`"),
    (
        "body.tokens[]",
        "compared with what is kept; only the body bounds it",
    ),
    ("body.policy_id", "not looked at"),
    ("body.mime_type", "`MEDIA_TYPE_BYTES`"),
    (
        "body.entity_type",
        "one of some words; others are refused or mean the default",
    ),
    ("body.encryption_supported", "not looked at"),
    ("body.encryption_supported[]", "not looked at"),
    ("body.previous", "`ID_CHARS`"),
    ("query:previous", "`ID_CHARS`"),
    ("body.id", "a UUID; anything else is nobody's"),
    ("path:session", "a UUID; anything else is nobody's"),
    ("path:kind", "compared; nothing is kept of it"),
    ("path:key", "compared; nothing is kept of it"),
    ("path:index", "a number below the count of chunks"),
    ("body.entity", "`ID_CHARS`"),
    ("query:entity", "`ID_CHARS`"),
    ("body.version", "`ID_CHARS`"),
    (
        "query:text_encoding",
        "one of some words; others are refused or mean the default",
    ),
    ("body.permissions", "`SHARE_NAMED`"),
    ("body.permissions.user_explicit", "`SHARE_NAMED`"),
    (
        "body.permissions.user_explicit{}",
        "a bit set in Base64; longer ones mean the same",
    ),
    ("body.permissions.group_explicit", "`SHARE_NAMED`"),
    (
        "body.permissions.group_explicit{}",
        "a bit set in Base64; longer ones mean the same",
    ),
    (
        "body.permissions.same_group",
        "a bit set in Base64; longer ones mean the same",
    ),
    (
        "body.permissions.other",
        "a bit set in Base64; longer ones mean the same",
    ),
    (
        "body.permissions.anonymous",
        "a bit set in Base64; longer ones mean the same",
    ),
    (
        "body.permissions.everyone",
        "a bit set in Base64; longer ones mean the same",
    ),
    ("body.ids", "`SHARES_DELETED`"),
    ("body.ids[]", "`ID_CHARS`"),
    (
        "query:password",
        "compared; only the request line bounds it",
    ),
    ("body.group", "`ID_CHARS`"),
    ("body.keys", "`SETTINGS_ASKED`"),
    ("body.keys[]", "compared; nothing is kept of it"),
    (
        "body.settings",
        "known names, each once; others are refused",
    ),
    ("body.settings{}", "`SETTING_BYTES`"),
    ("body.expected", "compared; nothing is kept of it"),
    ("body.expected{}", "compared; nothing is kept of it"),
    (
        "body.order_by",
        "one of some words; others are refused or mean the default",
    ),
    (
        "body.order_direction",
        "one of some words; others are refused or mean the default",
    ),
    ("body.conditions", "known names; others are not looked at"),
    ("body.conditions{}", "`LIST_CONDITION_BYTES`"),
    ("body.searches", "known names; others are not looked at"),
    ("body.searches{}", "`LIST_CONDITION_BYTES`"),
    ("body.group.name", "`GROUP_NAME_CHARS`"),
    (
        "body.group.settings",
        "known names; others are not looked at",
    ),
    ("body.group.settings.other_policies", "`OTHER_POLICIES`"),
    (
        "body.group.permissions",
        "a bit set in Base64 of at most eight bytes",
    ),
    (
        "body.group.settings.remote_download_options",
        "only the body bounds it",
    ),
    ("query:countUser", "not looked at"),
    ("body.user.email", "`EMAIL_CHARS`"),
    ("body.user.nick", "`PROFILE_TEXT_CHARS`"),
    (
        "body.user.avatar",
        "one of some words; others are refused or mean the default",
    ),
    ("body.two_fa", "not looked at"),
    ("body.ids", "`ADMIN_DELETED`"),
    ("body.types", "`FORGOTTEN_KINDS`"),
    ("body.types[]", "compared; nothing is kept of it"),
    ("body.status", "`FORGOTTEN_KINDS`"),
    (
        "body.status[]",
        "one of some words; others are refused or mean the default",
    ),
    ("body.to", "`EMAIL_CHARS`"),
    ("body.not_after", "a time"),
    ("query:seen", "a time"),
    ("body.executable", "`TOOL_TEXT_BYTES`"),
    ("query:endpoint", "`TOOL_TEXT_BYTES`"),
    ("query:url", "`TOOL_TEXT_BYTES`"),
    ("body.app_id", "`TOOL_TEXT_BYTES`"),
    (
        "POST /admin/tool/thumbExecutable body.name",
        "one of those known",
    ),
    ("body.license", "not looked at; body of 1 MiB"),
    ("query:countEntity", "not looked at"),
    ("body.policy.name", "`POLICY_TEXT_CHARS`"),
    (
        "body.policy.type",
        "one of some words; others are refused or mean the default",
    ),
    ("body.policy.server", "`POLICY_TEXT_CHARS`"),
    ("body.policy.bucket_name", "`POLICY_TEXT_CHARS`"),
    ("body.policy.access_key", "`POLICY_KEY_BYTES`"),
    ("body.policy.secret_key", "`POLICY_KEY_BYTES`"),
    ("body.policy.dir_name_rule", "`POLICY_TEXT_CHARS`"),
    ("body.policy.file_name_rule", "`POLICY_TEXT_CHARS`"),
    ("body.policy.settings", "`POLICY_SETTINGS_BYTES`"),
    ("body.node.name", "`POLICY_TEXT_CHARS`"),
    (
        "body.node.status",
        "one of some words; others are refused or mean the default",
    ),
    ("body.node.server", "`POLICY_TEXT_CHARS`"),
    ("body.node.slave_key", "`POLICY_KEY_BYTES`"),
    (
        "body.node.capabilities",
        "a bit set in Base64 of at most eight bytes",
    ),
    ("body.node.settings", "`POLICY_SETTINGS_BYTES`"),
    ("body.file.name", "`NAME_BYTES`"),
    (
        "body.file.edges.metadata",
        "only what the file has is looked at",
    ),
    (
        "body.file.edges.metadata[].name",
        "only what the file has is looked at",
    ),
    ("body.file.edges.metadata[].value", "`METADATA_VALUE_BYTES`"),
    (
        "body.file.edges.direct_links",
        "only what the file has is looked at",
    ),
    ("body.file.edges", "only what the file has is looked at"),
    ("body.client.secret", "`255` characters"),
    ("body.client.guid", "a UUID"),
    ("body.client.name", "`APP_TEXT_CHARS`"),
    ("body.client.homepage_url", "`APP_TEXT_CHARS`"),
    ("body.client.redirect_uris", "100"),
    (
        "body.client.redirect_uris[]",
        "`APP_TEXT_CHARS` eight times",
    ),
    ("body.client.scopes", "100, one of some words"),
    (
        "body.client.scopes[]",
        "one of some words; others are refused or mean the default",
    ),
    ("body.client.props", "known names; others are not looked at"),
    ("body.client.props.description", "`APP_TEXT_CHARS`"),
    ("body.client.props.icon", "`APP_TEXT_CHARS` eight times"),
];

/// A text, list, map or free value that an operation takes.
fn fields(api: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, operations) in api["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = format!("{} {path}", method.to_uppercase());
            let mut add = |field: String| found.push((name.clone(), field));
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let text = |key: &str| parameter[key].as_str().unwrap();
                let field = format!("{}:{}", text("in"), text("name"));
                walk(api, &parameter["schema"], &field, &mut Vec::new(), &mut add);
            }
            let contents = operation["requestBody"]["content"].as_object();
            for content in contents.into_iter().flat_map(|contents| contents.values()) {
                walk(api, &content["schema"], "body", &mut Vec::new(), &mut add);
            }
        }
    }
    found
}

fn walk(
    api: &Value,
    schema: &Value,
    field: &str,
    above: &mut Vec<String>,
    add: &mut impl FnMut(String),
) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap().to_owned();
        if !above.contains(&name) {
            above.push(name.clone());
            walk(api, &api["components"]["schemas"][&name], field, above, add);
            above.pop();
        }
        return;
    }
    let variants = ["allOf", "anyOf", "oneOf"];
    let variants: Vec<&Value> = variants
        .iter()
        .filter_map(|key| schema[*key].as_array())
        .flatten()
        .collect();
    for variant in &variants {
        walk(api, variant, field, above, add);
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        walk(api, inner, &format!("{field}.{name}"), above, add);
    }
    match schema["type"].as_str() {
        Some("object") => {
            let map = &schema["additionalProperties"];
            if map.is_object() || map == &Value::Bool(true) {
                add(field.to_owned());
                walk(api, map, &format!("{field}{{}}"), above, add);
            }
        }
        Some("array") => {
            add(field.to_owned());
            walk(api, &schema["items"], &format!("{field}[]"), above, add);
        }
        // Bytes of content are bounded by the quota and by what was announced.
        Some("string") if schema["enum"].is_null() && schema["format"] != "binary" => {
            add(field.to_owned());
        }
        None if schema.is_object() && variants.is_empty() && schema["properties"].is_null() => {
            add(field.to_owned());
        }
        _ => {}
    }
}

fn bound(operation: &str, field: &str) -> Option<&'static str> {
    let whole = format!("{operation} {field}");
    let found = FIELDS.iter().find(|(name, _)| *name == whole);
    let found = found.or_else(|| FIELDS.iter().find(|(name, _)| *name == field));
    found.map(|(_, bound)| *bound)
}

fn tables() -> String {
    let mut out = String::from("| limit | of | at most |\n|---|---|---|\n");
    for limit in site::limits::all() {
        let says = limit.says.trim().replace("[`", "`").replace("`]", "`");
        let says = says.replace("](crate::limits)", "");
        let _ = writeln!(
            out,
            "| `{}` | {says} | {} {} |",
            limit.name, limit.most, limit.unit
        );
    }
    out.push_str(
        "\n## What each operation takes\n\n| operation | field | bound |\n|---|---|---|\n",
    );
    let api: Value = serde_json::from_str(&server::app::openapi_json()).unwrap();
    let mut seen = BTreeSet::new();
    for (operation, field) in fields(&api) {
        let bound = bound(&operation, &field);
        let bound = bound.unwrap_or_else(|| panic!("nothing bounds {operation} {field}"));
        if seen.insert((operation.clone(), field.clone())) {
            let _ = writeln!(out, "| `{operation}` | `{field}` | {bound} |");
        }
    }
    out
}

#[test]
fn the_documented_table_is_that_of_the_code_and_the_description() {
    const BEGIN: &str = "<!-- written by the tests: from here -->\n";
    const END: &str = "<!-- to here -->";
    let path = tests::tests_folder().join("../docs/limits.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let expected = format!("{head}{BEGIN}{}{END}{tail}", tables());
    if std::env::var_os("ALCOVE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(
        page == expected,
        "docs/limits.md is not what the code says: run this test with ALCOVE_WRITE_DOCS=1"
    );
}

#[test]
fn bounds_name_limits_that_there_are() {
    let known: BTreeSet<&str> = site::limits::all().map(|limit| limit.name).collect();
    for (field, bound) in FIELDS {
        let quoted = bound.split('`').skip(1).step_by(2);
        for name in quoted.filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_')) {
            assert!(known.contains(name), "{field}: {name}");
        }
    }
}
