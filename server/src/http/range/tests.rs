#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                name.parse::<HeaderName>().unwrap(),
                value.parse::<HeaderValue>().unwrap(),
            )
        })
        .fold(HeaderMap::new(), |mut map, (name, value)| {
            map.append(name, value);
            map
        })
}

/// The plan for a GET of 100 bytes tagged `"v1"`.
fn get(pairs: &[(&str, &str)]) -> Plan {
    plan(&headers(pairs), &Method::GET, 100, &ETag::strong("v1"))
}

fn range(value: &str) -> Plan {
    get(&[("range", value)])
}

fn one(range: Range<u64>) -> Plan {
    Plan::Partial(vec![range])
}

#[test]
fn single_ranges() {
    assert_eq!(range("bytes=0-9"), one(0..10));
    assert_eq!(range("bytes=90-"), one(90..100));
    assert_eq!(range("bytes=-5"), one(95..100));
    assert_eq!(range("bytes=-500"), one(0..100));
    assert_eq!(range("bytes=50-5000"), one(50..100));
    assert_eq!(range("bytes=50-99999999999999999999999"), one(50..100));
    assert_eq!(range("BYTES = 1-1"), one(1..2));
}

#[test]
fn several_ranges_keep_their_order_unless_joined() {
    assert_eq!(
        range("bytes=50-59, 0-9 ,, 70-79"),
        Plan::Partial(vec![50..60, 0..10, 70..80])
    );
    assert_eq!(
        range("bytes=50-59,0-9,5-20,10-30"),
        Plan::Partial(vec![50..60, 0..31])
    );
    assert_eq!(range("bytes=0-9,10-19"), one(0..20));
    assert_eq!(range("bytes=200-,0-0"), one(0..1));
}

#[test]
fn ranges_outside_the_content_are_unsatisfiable() {
    for outside in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=200-,-0"] {
        assert_eq!(range(outside), Plan::Unsatisfiable, "{outside}");
    }
}

#[test]
fn malformed_or_excessive_ranges_are_ignored() {
    let many = format!("bytes={}", vec!["0-0"; MAX_RANGES + 1].join(","));
    for ignored in [
        "bytes=",
        "bytes=,",
        "bytes=a-b",
        "bytes=5-1",
        "bytes=0-9,x",
        "bytes=--1",
        "bytes=1",
        "bytes=+1-2",
        "bytes=0 - 9",
        "lines=0-9",
        "0-9",
        many.as_str(),
    ] {
        assert_eq!(range(ignored), Plan::Full, "{ignored}");
    }
    assert_eq!(
        get(&[("range", "bytes=0-1"), ("range", "bytes=5-6")]),
        Plan::Full
    );
}

#[test]
fn empty_content_and_other_methods_have_no_ranges() {
    let asked = headers(&[("range", "bytes=0-9")]);
    let etag = ETag::strong("v1");
    assert_eq!(plan(&asked, &Method::GET, 0, &etag), Plan::Full);
    assert_eq!(plan(&asked, &Method::HEAD, 100, &etag), Plan::Full);
}

#[test]
fn if_match_compares_strongly() {
    for met in ["*", "\"v1\"", "\"a,\\\", \"v1\"", "\"x\" , \"v1\""] {
        assert_eq!(get(&[("if-match", met)]), Plan::Full, "{met}");
    }
    for failed in ["\"v2\"", "W/\"v1\"", "v1", "\"\"", ""] {
        assert_eq!(
            get(&[("if-match", failed)]),
            Plan::PreconditionFailed,
            "{failed}"
        );
    }
    assert_eq!(
        get(&[("if-match", "\"a\""), ("if-match", "\"v1\"")]),
        Plan::Full
    );
}

#[test]
fn if_none_match_compares_weakly_and_goes_before_ranges() {
    for known in ["*", "\"v1\"", "W/\"v1\"", "\"x\",W/\"v1\""] {
        let plan = get(&[("if-none-match", known), ("range", "bytes=0-1")]);
        assert_eq!(plan, Plan::NotModified, "{known}");
    }
    assert_eq!(get(&[("if-none-match", "\"v2\"")]), Plan::Full);
    let put = plan(
        &headers(&[("if-none-match", "*")]),
        &Method::PUT,
        1,
        &ETag::strong("v1"),
    );
    assert_eq!(put, Plan::PreconditionFailed);
}

#[test]
fn a_failed_if_match_goes_before_if_none_match() {
    let both = [("if-match", "\"v2\""), ("if-none-match", "\"v1\"")];
    assert_eq!(get(&both), Plan::PreconditionFailed);
}

#[test]
fn if_range_gives_everything_when_the_content_changed() {
    let ask = |tag| get(&[("if-range", tag), ("range", "bytes=0-9")]);
    assert_eq!(ask("\"v1\""), one(0..10));
    for other in ["\"v2\"", "W/\"v1\"", "Wed, 21 Oct 2015 07:28:00 GMT"] {
        assert_eq!(ask(other), Plan::Full, "{other}");
    }
}

#[test]
fn tags_hold_only_what_tags_may() {
    assert_eq!(ETag::strong("aB9-_").as_str(), "\"aB9-_\"");
    assert_eq!(ETag::strong("a\"b\n é").header(), "\"a%22b%0A%20%C3%A9\"");
}

#[derive(Clone, Debug)]
enum Asked {
    FromTo(u64, u64),
    From(u64),
    Last(u64),
}

fn asked() -> impl Strategy<Value = Asked> {
    prop_oneof![
        (0..60_u64, 0..60_u64).prop_map(|(from, more)| Asked::FromTo(from, from + more)),
        (0..60_u64).prop_map(Asked::From),
        (0..60_u64).prop_map(Asked::Last),
    ]
}

/// Whether byte `at` of `size` is asked for, said as plainly as possible.
fn wants(asked: &Asked, at: u64, size: u64) -> bool {
    match *asked {
        Asked::FromTo(from, to) => from <= at && at <= to,
        Asked::From(from) => from <= at,
        Asked::Last(length) => at + length >= size,
    }
}

proptest! {
    #[test]
    fn the_plan_covers_exactly_the_bytes_asked_for(
        asked in prop::collection::vec(asked(), 1..8),
        size in 1..50_u64,
    ) {
        let specs = asked.iter().map(|asked| match asked {
            Asked::FromTo(from, to) => format!("{from}-{to}"),
            Asked::From(from) => format!("{from}-"),
            Asked::Last(length) => format!("-{length}"),
        });
        let value = format!("bytes={}", specs.collect::<Vec<_>>().join(", "));
        let plan = plan(&headers(&[("range", &value)]), &Method::GET, size, &ETag::strong("v"));
        let model: Vec<bool> =
            (0..size).map(|at| asked.iter().any(|asked| wants(asked, at, size))).collect();
        match plan {
            Plan::Unsatisfiable => prop_assert!(!model.contains(&true)),
            Plan::Partial(ranges) => {
                prop_assert!(!ranges.is_empty());
                let mut covered = vec![false; size as usize];
                for range in &ranges {
                    prop_assert!(range.start < range.end && range.end <= size);
                    // Neither shared bytes nor neighbours: joined as far as possible.
                    let around = range.start.saturating_sub(1)..range.end.saturating_add(1).min(size);
                    prop_assert!(around.into_iter().all(|at| !covered[at as usize]));
                    range.clone().for_each(|at| covered[at as usize] = true);
                }
                prop_assert_eq!(covered, model);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn any_header_is_survived(value in "[ -~]{0,40}", size in any::<u64>()) {
        let asked = headers(&[("range", &value), ("if-none-match", &value), ("if-match", "*")]);
        if let Plan::Partial(ranges) = plan(&asked, &Method::GET, size, &ETag::strong("v")) {
            prop_assert!(ranges.iter().all(|range| range.start < range.end && range.end <= size));
        }
    }
}
