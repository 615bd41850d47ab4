#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;
use crate::query::parse_pairs;

fn parsed(query: &str) -> Result<SearchQuery, BadSearch> {
    SearchQuery::parse(&parse_pairs(query).unwrap())
}

#[test]
fn modifiers_and_unknown_keys_alone_are_no_search() {
    for (query, expected) in [
        ("", false),
        ("use_or&name_op_or&case_folding", false),
        ("foo=1&meta_=x", false),
        ("name=", true),
        ("type=file", true),
        ("category=image", true),
        ("meta_tag:todo", true),
        ("exact_meta_tag:todo=", true),
        ("updated_lte=5", true),
    ] {
        assert_eq!(is_search(&parse_pairs(query).unwrap()), expected, "{query}");
    }
}

#[test]
fn every_key_is_read() {
    let query = "name=a&name=*.md&name_op_or&case_folding&type=folder&meta_tag:x=&meta_k=v\
                 &exact_meta_k=v&size_gte=1&size_lte=2&created_gte=3&created_lte=4&updated_gte=5\
                 &updated_lte=";
    let (key, value) = ("k".to_owned(), "v".to_owned());
    let expected = SearchQuery {
        category: None,
        names: vec![
            NameTerm::Literal("a".into()),
            NameTerm::Wildcard("*.md".into()),
        ],
        any: true,
        case_folding: true,
        kind: Some(Kind::Folder),
        metadata: vec![
            MetadataFilter::Exists {
                key: "tag:x".into(),
            },
            MetadataFilter::Contains {
                key: key.clone(),
                value: value.clone(),
            },
            MetadataFilter::Equals { key, value },
        ],
        size: Bounds {
            min: Some(1),
            max: Some(2),
        },
        created: Bounds {
            min: Some(3),
            max: Some(4),
        },
        updated: Bounds {
            min: Some(5),
            max: None,
        },
    };
    assert_eq!(parsed(query).unwrap(), expected);
    assert_eq!(
        parsed("category=audio").unwrap().category,
        Some(Category::Audio)
    );
}

#[test]
fn garbled_searches_are_refused() {
    for (query, expected) in [
        ("size_gte=big", BadSearch::NotANumber("size_gte".into())),
        (
            "updated_lte=1.5",
            BadSearch::NotANumber("updated_lte".into()),
        ),
        ("type=link", BadSearch::UnknownType("link".into())),
        ("category=games", BadSearch::UnknownCategory("games".into())),
    ] {
        assert_eq!(parsed(query), Err(expected));
    }
    assert!(parsed(&"name=a&".repeat(MAX_FILTERS)).is_ok());
    assert_eq!(
        parsed(&"name=a&".repeat(MAX_FILTERS + 1)),
        Err(BadSearch::TooManyFilters)
    );
}

#[test]
fn names_become_like_patterns() {
    for (value, like) in [
        ("plan", "%plan%"),
        ("", "%%"),
        ("50%_\\", r"%50\%\_\\%"),
        ("*.md", "%.md"),
        ("pre*", "pre%"),
        ("a*b", "%a%b%"),
        ("a*b*", "a%b%"),
        ("***", "%"),
        ("*%*", r"%\%%"),
        ("\"a*b\"", "%a*b%"),
        ("\"", "%\"%"),
        ("\"\"", "%%"),
    ] {
        assert_eq!(NameTerm::parse(value).like_pattern(false), like, "{value}");
    }
    assert_eq!(NameTerm::parse("*.MD").like_pattern(true), "%.md");
}

#[test]
fn names_are_anded_or_ored() {
    let all = parsed("name=a&name=b").unwrap();
    assert!(all.matches_name("b a") && !all.matches_name("a"));
    let any = parsed("name=a&name=b&use_or").unwrap();
    assert!(any.matches_name("a") && !any.matches_name("c"));
    assert!(parsed("type=file&use_or").unwrap().matches_name("whatever"));
    let folding = parsed("name=ÄB&case_folding").unwrap();
    assert!(folding.matches_name("xäbx"));
    assert!(!parsed("name=ÄB").unwrap().matches_name("xäbx"));
}

#[test]
fn all_filters_must_hold() {
    let metadata = [
        CandidateMetadata {
            key: "tag:Work",
            value: "#FF0000",
            private: false,
        },
        CandidateMetadata {
            key: "sys:secret",
            value: "42",
            private: true,
        },
    ];
    let node = Candidate {
        name: "plan.md",
        kind: Kind::File,
        size_bytes: 100,
        created_unix: 10,
        updated_unix: 20,
        metadata: &metadata,
    };
    for (query, found) in [
        ("name=plan&type=file&size_gte=100", true),
        ("name=plan&type=folder", false),
        ("size_gte=101", false),
        ("size_lte=100&created_gte=10&updated_lte=20", true),
        ("created_lte=9", false),
        ("meta_tag:Work", true),
        ("meta_tag:Work=ff0", true),
        ("meta_tag:Work=00ff", false),
        ("exact_meta_tag:Work=ff0", false),
        ("exact_meta_tag:Work=%23FF0000", true),
        ("meta_sys:secret", false),
        ("exact_meta_sys:secret=42", true),
    ] {
        assert_eq!(parsed(query).unwrap().matches(&node), found, "{query}");
    }
}

/// `LIKE … ESCAPE '\'` as the SQL standard describes it.
fn like(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|n| like(rest, &text[n..])),
        ['_', rest @ ..] => !text.is_empty() && like(rest, &text[1..]),
        ['\\', c, rest @ ..] | [c, rest @ ..] => text.first() == Some(c) && like(rest, &text[1..]),
    }
}

/// The meaning of a `name=` value, spelled out without cleverness.
fn naive(value: &str, name: &str) -> bool {
    fn shape(pattern: &[char], name: &[char]) -> bool {
        match pattern {
            [] => name.is_empty(),
            ['*', rest @ ..] => (0..=name.len()).any(|n| shape(rest, &name[n..])),
            [c, rest @ ..] => name.first() == Some(c) && shape(rest, &name[1..]),
        }
    }
    if value.len() >= 2 && value.starts_with('"') && value.ends_with('"') {
        return name.contains(&value[1..value.len() - 1]);
    }
    if !value.contains('*') {
        return name.contains(value);
    }
    let floats = !value.starts_with('*') && !value.ends_with('*');
    let pattern = if floats {
        format!("*{value}*")
    } else {
        value.to_owned()
    };
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    shape(&chars(&pattern), &chars(name))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn memory_sql_and_common_sense_agree(
        value in "[ab*%_\\\\é\"]{0,7}", name in "[ab%_\\\\é*]{0,9}"
    ) {
        let term = NameTerm::parse(&value);
        let expected = naive(&value, &name);
        prop_assert_eq!(term.matches(&name, false), expected);
        let pattern: Vec<char> = term.like_pattern(false).chars().collect();
        let text: Vec<char> = name.chars().collect();
        prop_assert_eq!(like(&pattern, &text), expected);
    }

    #[test]
    fn folding_agrees_with_folded_text(value in "[aAbB*]{0,6}", name in "[aAbB]{0,9}") {
        let term = NameTerm::parse(&value);
        let lower = NameTerm::parse(&value.to_lowercase());
        prop_assert_eq!(term.matches(&name, true), lower.matches(&name.to_lowercase(), false));
        prop_assert_eq!(term.like_pattern(true), lower.like_pattern(false));
    }
}
