#![allow(clippy::unwrap_used)]
use super::*;
use std::collections::BTreeMap;

const EMOJIS: &str = r#"{"🙂":["😀","🎉"],"🐶":["🐱"]}"#;
const PROPS: &str = r#"[
    {"id":"text","name":"Text","type":"text","min":2,"max":5},
    {"id":"free","name":"Free","type":"text"},
    {"id":"number","name":"Number","type":"number","min":-3,"max":10},
    {"id":"natural","name":"Natural","type":"number"},
    {"id":"bool","name":"Bool","type":"boolean"},
    {"id":"one","name":"One","type":"select","options":["a","b"]},
    {"id":"many","name":"Many","type":"multi_select","options":["a","b"]},
    {"id":"link","name":"Link","type":"link","max":20},
    {"id":"stars","name":"Stars","type":"rating","max":5,"icon":"star"}
]"#;

#[test]
fn links_lead_to_pages_and_run_nothing() {
    for link in [
        "https://e.example",
        "HTTP://e.example/a:b",
        "mailto:a@e.example",
        "tel:+4912345",
        "e.example/a",
        "/a?b=c:d",
        "#a:b",
        "a b:c",
    ] {
        assert!(try_patch("props:link", link, false).is_ok(), "{link}");
    }
    for link in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "\u{1}javascript:x()",
        "java\nscript:alert(1)",
        "\tjava\tscript\r:x()",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://e",
        "javascript:1;x()",
    ] {
        let refused = try_patch("props:link", link, false);
        assert!(
            matches!(refused, Err(BadMetadata::BadValue { .. })),
            "{link:?}"
        );
    }
    // Of other texts nothing is made that could run.
    assert!(try_patch("props:free", "javascript:x", false).is_ok());
}

fn try_patch(key: &str, value: &str, remove: bool) -> Result<Effect, BadMetadata> {
    let emojis: BTreeMap<String, Vec<String>> = serde_json::from_str(EMOJIS).unwrap();
    let rules = MetadataRules {
        emoji_preset: emojis.into_values().flatten().collect(),
        custom_props: serde_json::from_str(PROPS).unwrap(),
    };
    let ids = PublicIds::new("copper-lantern-salt-for-contract-tests");
    rules.check_patch(
        MetadataPatch {
            key,
            value,
            remove,
            private: false,
        },
        &ids,
    )
}

#[test]
fn allowed_values_are_set() {
    for (key, value, bumps) in [
        ("sys:shared_redirect", "cloudreve://w0sA:pw@share/a", true),
        ("sys:shared_owner", "zvha", true),
        ("dav:http://ns.example/:author", "<x/>", false),
        ("thumb:disabled", "", false),
        ("thumb:other", "x", false),
        ("customize:icon_color", "#ff8800", true),
        ("customize:emoji", "🎉", true),
        ("customize:live_photo", "anything", false),
        ("tag:todo", "", true),
        ("tag:a:b", "hsl(1,2%,3%)", true),
        ("props:text", "ab", true),
        ("props:text", "中", true),
        ("props:free", "whatever", true),
        ("props:number", "-3", true),
        ("props:natural", "900", true),
        ("props:bool", "false", true),
        ("props:one", "b", true),
        ("props:many", r#"["b","a"]"#, true),
        ("props:many", "[]", true),
        ("props:link", "https://e.example", true),
        ("props:stars", "5", true),
    ] {
        let expected = Effect {
            action: Action::Set,
            bumps_updated_at: bumps,
        };
        assert_eq!(try_patch(key, value, false), Ok(expected), "{key}={value}");
    }
}

#[test]
fn wrong_values_are_refused() {
    for (key, value) in [
        ("sys:shared_redirect", "cloudreve://my/a"),
        ("sys:shared_redirect", "https://e.example"),
        ("sys:shared_owner", "7Who"),
        ("customize:icon_color", ""),
        ("customize:icon_color", "red;}"),
        ("customize:emoji", "👿"),
        ("customize:emoji", ""),
        ("tag:todo", "reddish"),
        ("props:text", "a"),
        ("props:text", "abcdef"),
        ("props:text", "中中"),
        ("props:number", "-4"),
        ("props:number", "11"),
        ("props:number", "1.5"),
        ("props:natural", "-1"),
        ("props:bool", "yes"),
        ("props:one", "c"),
        ("props:many", r#"["c"]"#),
        ("props:many", "a"),
        ("props:link", "https://e.example/too/long"),
        ("props:stars", "6"),
        ("props:stars", "-1"),
    ] {
        let result = try_patch(key, value, false);
        assert!(
            matches!(result, Err(BadMetadata::BadValue { .. })),
            "{key}={value}: {result:?}"
        );
    }
}

#[test]
fn the_servers_keys_are_out_of_reach() {
    for key in [
        "sys:restore_uri",
        "sys:upload_session_id",
        "sys:fulltext_index",
        "exif:x",
        "music:title",
        "stream:title",
        "geocoding:country",
        "Tag:x",
        ":x",
        "props:unknown",
    ] {
        assert_eq!(
            try_patch(key, "1", false),
            Err(BadMetadata::NotAllowed(key.into())),
            "{key}"
        );
    }
    for key in [
        "",
        "plain",
        "tag:",
        "props:",
        "tag:a\0b",
        &format!("tag:{}", "x".repeat(252)),
    ] {
        assert!(
            matches!(try_patch(key, "", false), Err(BadMetadata::BadKey(_))),
            "{key}"
        );
    }
}

#[test]
fn removals_leave_the_time_alone() {
    let removed = Effect {
        action: Action::Remove,
        bumps_updated_at: false,
    };
    for key in [
        "tag:todo",
        "props:text",
        "customize:emoji",
        "customize:icon_color",
        "dav:x",
    ] {
        assert_eq!(try_patch(key, "", true), Ok(removed), "{key}");
    }
    for key in [SHARED_OWNER, SHARED_REDIRECT] {
        assert_eq!(
            try_patch(key, "", true),
            Err(BadMetadata::NotRemovable(key.into()))
        );
    }
    assert!(try_patch("sys:restore_uri", "", true).is_err());
}

#[test]
fn an_empty_property_is_cleared() {
    let cleared = Effect {
        action: Action::Remove,
        bumps_updated_at: true,
    };
    assert_eq!(try_patch("props:number", "", false), Ok(cleared));
}

#[test]
fn private_and_oversized_patches_are_refused() {
    let rules = MetadataRules::default();
    let ids = PublicIds::new("salt");
    let patch = MetadataPatch {
        key: "tag:a",
        value: "",
        remove: false,
        private: true,
    };
    assert_eq!(rules.check_patch(patch, &ids), Err(BadMetadata::Private));
    let long = "x".repeat(MAX_VALUE_BYTES + 1);
    assert_eq!(
        try_patch("dav:x", &long, false),
        Err(BadMetadata::ValueTooLong)
    );
    assert!(try_patch("dav:x", &long[1..], false).is_ok());
}

#[test]
fn properties_are_published_as_they_were_configured() {
    let json = r#"[{"id":"stars","name":"Stars","type":"rating","max":5,"icon":"star"}]"#;
    let props: Vec<CustomProp> = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&props).unwrap(), json);
}
