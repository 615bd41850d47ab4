#![allow(clippy::unwrap_used)]
use super::*;

fn of(name: &'static str, values: &[&[u8]]) -> Result<Conditions, BadConditions> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    Conditions::of(&headers)
}

#[test]
fn well_formed_lists_are_written_as_the_library_reads_them() {
    let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    for (text, expected) in [
        ("(<urn:x>)", "( <urn:x> )".to_owned()),
        (
            "</a b> (<urn:x>)",
            "<http://localhost/a%20b> ( <urn:x> )".to_owned(),
        ),
        (
            "<http://h/a>(nOt <DAV:no-lock> [\"e\"])(<urn:y>)",
            "<http://h/a> ( Not <DAV:no-lock> [\"e\"] ) ( <urn:y> )".to_owned(),
        ),
        ("([W/\"e\"])", "( [W/\"e\"] )".to_owned()),
        (&format!("(<{id}>)"), format!("( <urn:uuid:{id}> )")),
        (
            &format!("(<opaquelocktoken:{id}>)"),
            format!("( <urn:uuid:{id}> )"),
        ),
    ] {
        assert_eq!(read(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn other_lists_are_refused() {
    for text in [
        "",
        "x",
        "(",
        "()",
        "(<urn:x>",
        "<urn:x>",
        "(x)",
        "[\"e\"]",
        "(<a)",
        "((<urn:a>))",
        "([x])",
        "([\"x\" ])",
        "([])",
        "(<>)",
        "(<abc>)",
        "(Not Not <urn:x>)",
        "(Not)",
        "([\"x])",
        "(<urn:\"x>)",
        "([\"a\"b\"])",
        "<> ([\"x\"])",
        "<dav/f> ([\"x\"])",
        "<http://h:99999/> ([\"x\"])",
        "</a> </b> (<urn:x>)",
        "</a>",
    ] {
        assert_eq!(read(text), Err(BadConditions), "{text}");
    }
    assert!(read(&format!("({})", "[\"x\"]".repeat(MOST_TAGS))).is_ok());
    assert!(read(&format!("({})", "[\"x\"]".repeat(MOST_TAGS + 1))).is_err());
    assert!(of("if", &[b"(<urn:uuid:x> [\"\xe9\"])"]).is_err());
    assert!(of("if", &[b"(Not <DAV:no-lock>)", b"([\"x\"])"]).is_err());
}

#[test]
fn lists_of_tags_are_whole_or_refused() {
    for (text, expected) in [
        ("*", "*"),
        ("\"a\", W/\"b\" ,\"\"", "\"a\", W/\"b\", \"\""),
        ("\"a,b\"", "\"a%2Cb\""),
        ("", "\"\""),
        (" , ", "\"\""),
    ] {
        let read = of("if-match", &[text.as_bytes()]).unwrap();
        assert_eq!(read.matches.unwrap(), expected, "{text}");
    }
    for text in [
        &b"\""[..],
        b"W/\"",
        b"\"a\"b",
        b"*, \"a\"",
        b"\"a\" \"b\"",
        b"\"\xe9\"",
    ] {
        assert!(of("if-match", &[text]).is_err(), "{text:?}");
        assert!(of("if-none-match", &[text]).is_err(), "{text:?}");
    }
    assert!(of("if-match", &[b"a"]).is_err());
    let two = of("if-none-match", &[b"\"a\"", b"\"b\""]).unwrap();
    assert_eq!(two.none_match.unwrap(), "\"a\", \"b\"");
}

#[test]
fn tags_that_shall_not_match_may_lack_their_quotes() {
    for (text, expected) in [
        ("JoplinIgnore-12345", None),
        ("\"a,b\"", None),
        ("", None),
        ("a,b , \"c\"", Some("\"a\", \"b\", \"c\"")),
        ("W/\"a\", W/b, x-y", Some("\"a\", \"b\"")),
    ] {
        let read = of("if-none-match", &[text.as_bytes()]).unwrap().none_match;
        assert_eq!(read, expected.map(HeaderValue::from_static), "{text}");
    }
    for text in ["a\"b", "a b", "*a", "*, a"] {
        assert!(of("if-none-match", &[text.as_bytes()]).is_err(), "{text}");
    }
}

#[test]
fn what_depends_on_the_version_says_so() {
    let asks = |name, text: &[u8]| of(name, &[text]).unwrap().ask_for_version();
    assert!(asks("if", b"([\"x\"])") && asks("if-match", b"*") && asks("if-none-match", b"*"));
    assert!(!asks("if", b"(<urn:x>)") && !Conditions::default().ask_for_version());
}
