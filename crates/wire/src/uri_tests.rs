#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;
use crate::FileName;

fn parsed(uri: &str) -> FileUri {
    FileUri::parse(uri).unwrap()
}

#[test]
fn each_file_system_is_read_and_written() {
    for uri in [
        "cloudreve://my/",
        "cloudreve://my/Work/plan.md",
        "cloudreve://zvha@my/",
        "cloudreve://zvha@my/a",
        "cloudreve://w0sA@share",
        "cloudreve://w0sA:s%40cret%3A@share/a%20b/c",
        "cloudreve://trash",
        "cloudreve://trash/6f1c",
        "cloudreve://shared_with_me",
        "cloudreve://shared_with_me/7Who",
        "cloudreve://my/?name=*.md&use_or=",
    ] {
        assert_eq!(parsed(uri).to_string(), uri);
    }
}

#[test]
fn other_spellings_are_made_canonical() {
    for (uri, canonical) in [
        ("cloudreve://my", "cloudreve://my/"),
        ("CLOUDREVE://MY/a/", "cloudreve://my/a"),
        ("cloudreve://AbC@Share/", "cloudreve://AbC@share"),
        ("cloudreve://AbC:@share", "cloudreve://AbC@share"),
        ("cloudreve://trash/", "cloudreve://trash"),
        ("cloudreve://my//a///b//", "cloudreve://my/a/b"),
        ("cloudreve://my/a/./b/../c", "cloudreve://my/a/c"),
        ("cloudreve://my/a/%2e%2E/b", "cloudreve://my/b"),
        ("cloudreve://my/../../a", "cloudreve://my/a"),
        (
            "cloudreve://my/a b/中/(1)!",
            "cloudreve://my/a%20b/%E4%B8%AD/(1)!",
        ),
        ("cloudreve://my/%61%2b+", "cloudreve://my/a%2B%2B"),
        ("cloudreve://my/a?", "cloudreve://my/a"),
        ("cloudreve://my?name=a+b", "cloudreve://my/?name=a%20b"),
    ] {
        assert_eq!(parsed(uri).to_string(), canonical, "{uri}");
    }
}

#[test]
fn wrong_uris_say_what_is_wrong() {
    for (uri, expected) in [
        ("", BadUri::Scheme),
        ("http://my/a", BadUri::Scheme),
        ("/my/a", BadUri::Scheme),
        ("cloudreve:my/a", BadUri::Scheme),
        ("cloudreve://", BadUri::UnknownFileSystem(String::new())),
        (
            "cloudreve://shared_by_me/",
            BadUri::UnknownFileSystem("shared_by_me".into()),
        ),
        (
            "cloudreve://my:80/a",
            BadUri::UnknownFileSystem("my:80".into()),
        ),
        ("cloudreve://share/a", BadUri::NoShareId),
        ("cloudreve://:pw@share/a", BadUri::NoShareId),
        ("cloudreve://my/a%2Fb", BadUri::Character('/')),
        ("cloudreve://my/a%00b", BadUri::Character('\0')),
        ("cloudreve://my/100%", BadUri::BadEscape),
        ("cloudreve://my/%ff", BadUri::NotUtf8),
        ("cloudreve://my/a#b", BadUri::Fragment),
    ] {
        assert_eq!(FileUri::parse(uri), Err(expected), "{uri}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let deep = |n: usize| format!("cloudreve://my{}", "/a".repeat(n));
    assert_eq!(parsed(&deep(MAX_DEPTH)).segments().len(), MAX_DEPTH);
    assert_eq!(FileUri::parse(&deep(MAX_DEPTH + 1)), Err(BadUri::TooDeep));
    let long = format!("cloudreve://my/{}", "a".repeat(MAX_URI_BYTES));
    assert_eq!(FileUri::parse(&long), Err(BadUri::TooLong));
    let up_and_down = format!("cloudreve://my{}/b", "/a/..".repeat(5000));
    assert_eq!(parsed(&up_and_down).to_string(), "cloudreve://my/b");
}

#[test]
fn parts_are_decoded() {
    let uri = parsed("cloudreve://w0sA:p%20w@share/a%20b?name=x%26y&case_folding");
    assert_eq!(uri.fs(), FileSystem::Share);
    assert_eq!(uri.id(), Some("w0sA"));
    assert_eq!(uri.password(), Some("p w"));
    assert_eq!(uri.segments(), ["a b"]);
    assert_eq!(uri.query()[0], ("name".to_owned(), "x&y".to_owned()));
    assert!(uri.is_search());
}

#[test]
fn one_can_walk_up_and_down() {
    let root = FileUri::root(FileSystem::My);
    assert!(root.is_root() && root.parent().is_none() && root.name().is_none());
    let file = root.join("Work").join(FileName::new("plan.md").unwrap());
    assert_eq!(file.to_string(), "cloudreve://my/Work/plan.md");
    assert_eq!(file.path_string(), "/Work/plan.md");
    assert_eq!(root.path_string(), "/");
    assert_eq!(file.name(), Some("plan.md"));
    assert_eq!(file.parent().unwrap(), parsed("cloudreve://my/Work"));
    assert_eq!(file.to_root(), root);
    assert!(file.starts_with(&root) && file.starts_with(&file));
    assert!(!file.starts_with(&parsed("cloudreve://my/Wo")));
    assert!(!file.starts_with(&parsed("cloudreve://trash")));
    assert!(!file.starts_with(&FileUri::drive_of("zvha")));
}

#[test]
fn queries_do_not_stick_to_relatives() {
    let uri = parsed("cloudreve://my/a/b?name=x");
    for relative in [
        uri.join("c"),
        uri.parent().unwrap(),
        uri.to_root(),
        uri.without_query(),
    ] {
        assert!(relative.query().is_empty());
    }
}

#[test]
fn child_prefixes_make_child_uris() {
    for root in [
        "cloudreve://my/",
        "cloudreve://my/a%20b",
        "cloudreve://w0sA:x@share",
    ] {
        let folder = parsed(root);
        let mut child = folder.child_prefix();
        write_segment(&mut child, "50% é");
        assert_eq!(child, folder.join("50% é").to_string());
    }
}

fn any_segment() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("not a segment", |text| {
        !matches!(text.as_str(), "" | "." | "..") && !text.contains(['/', '\0'])
    })
}

prop_compose! {
    fn any_uri()(
        fs in prop::sample::select(&FileSystem::ALL[..]),
        id in "[A-Za-z0-9]{1,12}",
        with_id in any::<bool>(),
        password in prop::option::of(any::<String>().prop_filter("empty", |p| !p.is_empty())),
        path in prop::collection::vec(any_segment(), 0..6),
        query in prop::collection::vec((any::<String>(), any::<String>()), 0..4),
    ) -> FileUri {
        let id = (with_id || fs == FileSystem::Share).then_some(id);
        FileUri { fs, id, password, path, query }
    }
}

proptest! {
    #[test]
    fn every_uri_survives_writing_and_reading(uri in any_uri()) {
        let text = uri.to_string();
        prop_assert_eq!(&FileUri::parse(&text).unwrap(), &uri);
        // Canonical URIs are plain ASCII that URL libraries leave alone.
        prop_assert!(text.bytes().all(|b| b.is_ascii_graphic()));
    }

    #[test]
    fn canonical_form_is_stable(text in "cloudreve://(my|TRASH)[/a-c.%0-9 ?=&é]{0,40}") {
        if let Ok(uri) = FileUri::parse(&text) {
            let canonical = uri.to_string();
            prop_assert_eq!(FileUri::parse(&canonical).unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn parsing_never_panics(text in any::<String>(), tail in any::<String>()) {
        let _ = FileUri::parse(&text);
        let _ = FileUri::parse(&format!("cloudreve://{tail}"));
    }
}
