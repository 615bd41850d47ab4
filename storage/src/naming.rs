//! How a policy names its blobs: rules with magic variables, V4 API "naming rules".
//!
//! A key is made once per blob and stored; moving the file later does not move its bytes. Clock
//! and randomness are arguments.

use chrono::{DateTime, FixedOffset};
use rand::distr::Alphanumeric;
use rand::{Rng, RngCore};
use uuid::Uuid;

use crate::BlobKey;

/// Longest file name that common file systems take.
const MAX_SEGMENT_BYTES: usize = 255;
/// Name lengths to try, in bytes, until the key fits.
const NAME_LIMITS: [usize; 5] = [MAX_SEGMENT_BYTES, 191, 127, 63, 0];
/// Longer "extensions" are ordinary text with a dot in it and are cut like the rest.
const MAX_KEPT_EXTENSION_BYTES: usize = 32;

/// The naming rules of a storage policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRules {
    /// Folder of new blobs, such as `uploads/{uid}/{path}`.
    pub dir_rule: String,
    /// Name of new blobs, such as `{uid}_{randomkey8}_{originname}`. Without a random part two
    /// files of one name want one key, and the second is refused.
    pub file_rule: String,
}

/// What the variables of a rule stand for.
#[derive(Clone, Copy, Debug)]
pub struct NameContext<'a> {
    /// Raw id of the uploading user.
    pub user_id: i64,
    /// The virtual folder, such as `/photos`.
    pub folder_path: &'a str,
    /// The virtual file name.
    pub file_name: &'a str,
    /// In the server's time zone.
    pub now: DateTime<FixedOffset>,
    /// The blob this one is derived from, for thumbnails.
    pub source: Option<&'a BlobKey>,
}

impl NameRules {
    /// A key by these rules. Where they lead to none (too long, `..`), the virtual name is cut
    /// before its extension, then `{path}` is dropped, and at last a plain `{uid}/{uuid}` taken.
    pub fn key(&self, context: &NameContext<'_>, rng: &mut impl RngCore) -> BlobKey {
        for with_path in [true, false] {
            for limit in NAME_LIMITS {
                let mut values = Values {
                    context,
                    with_path,
                    name: cut(context.file_name, limit),
                    rng,
                };
                let folder = values.expand(&self.dir_rule, true);
                let name = values.expand(&self.file_rule, false);
                if let Some(key) = joined(&folder, &name) {
                    return key;
                }
            }
        }
        let uuid = random_uuid(rng);
        BlobKey::parse(format!("{}/{uuid}", context.user_id)).expect("a number and a UUID")
    }
}

/// Takes a known root off a rule or a stored path that another software wrote as a path from
/// elsewhere (`/srv/data/uploads/…` or `data/uploads/…`); anything else stays as it is.
pub fn strip_root<'a>(path: &'a str, root: &str) -> &'a str {
    match path.strip_prefix(root.trim_end_matches('/')) {
        Some(rest) if rest.starts_with('/') => rest.trim_start_matches('/'),
        _ => path,
    }
}

/// The key of a folder and a name. Needless slashes and dots go, characters no key may have
/// become `_`.
fn joined(folder: &str, name: &str) -> Option<BlobKey> {
    if name.ends_with('/') || name.is_empty() {
        return None;
    }
    let path = format!("{folder}/{name}");
    let segments: Vec<&str> = path
        .split('/')
        .filter(|s| !matches!(*s, "" | "."))
        .collect();
    if segments
        .iter()
        .any(|segment| segment.len() > MAX_SEGMENT_BYTES)
    {
        return None;
    }
    // Buckets are spoken to in XML, which has no word for some.
    let clean = |c: char| match c {
        '\\' | '\u{fffe}' | '\u{ffff}' => '_',
        c if c.is_control() => '_',
        c => c,
    };
    BlobKey::parse(segments.join("/").chars().map(clean).collect::<String>()).ok()
}

/// At most `limit` bytes of a name, whole characters, its extension kept if there is room.
fn cut(name: &str, limit: usize) -> String {
    if name.len() <= limit {
        return name.to_owned();
    }
    let (stem, extension) = split_extension(name);
    let extension = match extension.len() {
        0..=MAX_KEPT_EXTENSION_BYTES if extension.len() < limit => extension,
        _ => "",
    };
    let stem = if extension.is_empty() { name } else { stem };
    let end = stem.floor_char_boundary(limit - extension.len());
    format!("{}{extension}", &stem[..end])
}

/// The name up to its last dot, and the rest from the dot on.
fn split_extension(name: &str) -> (&str, &str) {
    name.split_at(name.rfind('.').unwrap_or(name.len()))
}

fn random_uuid(rng: &mut impl RngCore) -> Uuid {
    uuid::Builder::from_random_bytes(rng.random()).into_uuid()
}

struct Values<'a, R> {
    context: &'a NameContext<'a>,
    with_path: bool,
    name: String,
    rng: &'a mut R,
}

impl<R: RngCore> Values<'_, R> {
    /// Puts values in the place of variables; unknown ones stay as they are written.
    fn expand(&mut self, rule: &str, is_dir: bool) -> String {
        let mut out = String::with_capacity(rule.len() + self.name.len());
        let mut rest = rule;
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            rest = &rest[open..];
            let value = rest.find('}').and_then(|close| {
                let value = self.value(&rest[1..close], is_dir)?;
                Some((value, close + 1))
            });
            let (text, used) = value.unwrap_or_else(|| ("{".to_owned(), 1));
            out.push_str(&text);
            rest = &rest[used..];
        }
        out.push_str(rest);
        out
    }

    fn value(&mut self, variable: &str, is_dir: bool) -> Option<String> {
        let context = self.context;
        let now = |format: &str| context.now.format(format).to_string();
        let (stem, extension) = split_extension(&self.name);
        Some(match variable {
            "randomkey16" => self.random_key(16),
            "randomkey8" => self.random_key(8),
            "timestamp" => context.now.timestamp().to_string(),
            "timestamp_nano" => nanoseconds(context.now).to_string(),
            "randomnum2" => self.rng.random_range(0..2).to_string(),
            "randomnum3" => self.rng.random_range(0..3).to_string(),
            "randomnum4" => self.rng.random_range(0..4).to_string(),
            "randomnum8" => self.rng.random_range(0..8).to_string(),
            "uid" => context.user_id.to_string(),
            "datetime" => now("%Y%m%d%H%M%S"),
            "date" => now("%Y%m%d"),
            "year" => now("%Y"),
            "month" => now("%m"),
            "day" => now("%d"),
            "hour" => now("%H"),
            "minute" => now("%M"),
            "second" => now("%S"),
            "uuid" => random_uuid(self.rng).to_string(),
            "ext" => extension.to_owned(),
            "originname" => self.name.clone(),
            "originname_without_ext" => stem.to_owned(),
            "path" if is_dir && self.with_path => format!("{}/", context.folder_path),
            "path" if is_dir => String::new(),
            _ => source_value(context.source?, variable)?,
        })
    }

    fn random_key(&mut self, len: usize) -> String {
        (0..len)
            .map(|_| char::from(self.rng.sample(Alphanumeric)))
            .collect()
    }
}

/// Variables about the blob that a new one is derived from.
fn source_value(source: &BlobKey, variable: &str) -> Option<String> {
    let name = source.name();
    Some(match variable {
        "blob_name" => name.to_owned(),
        "blob_name_without_ext" => split_extension(name).0.to_owned(),
        "blob_path" => source.as_str()[..source.as_str().len() - name.len()].to_owned(),
        _ => return None,
    })
}

/// Nanoseconds since 1970; `i64` would end in 2262.
fn nanoseconds(now: DateTime<FixedOffset>) -> i128 {
    i128::from(now.timestamp()) * 1_000_000_000 + i128::from(now.timestamp_subsec_nanos())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn rules(dir: &str, file: &str) -> NameRules {
        NameRules {
            dir_rule: dir.to_owned(),
            file_rule: file.to_owned(),
        }
    }

    fn context<'a>(folder_path: &'a str, file_name: &'a str) -> NameContext<'a> {
        let now = DateTime::parse_from_rfc3339("2024-03-05T07:08:09.000000012+02:00").unwrap();
        NameContext {
            user_id: 7,
            folder_path,
            file_name,
            now,
            source: None,
        }
    }

    fn key(rules: &NameRules, context: &NameContext<'_>) -> String {
        rules.key(context, &mut StdRng::seed_from_u64(1)).into()
    }

    #[test]
    fn the_seeded_rule_gives_owner_folder_random_part_and_name() {
        let rules = rules("uploads/{uid}/{path}", "{uid}_{randomkey8}_{originname}");
        let key = key(&rules, &context("/photos/2024", "sea.jpg"));
        let random = key.strip_prefix("uploads/7/photos/2024/7_").unwrap();
        let (random, name) = random.split_once('_').unwrap();
        assert_eq!((random.len(), name), (8, "sea.jpg"));
        assert!(random.chars().all(|c| c.is_ascii_alphanumeric()));
    }

    #[test]
    fn what_buckets_cannot_be_told_of_is_in_no_key() {
        let rules = rules("there", "{originname}");
        let name = "a\u{fffe}b\u{ffff}c\\d.txt";
        assert_eq!(key(&rules, &context("/", name)), "there/a_b_c_d.txt");
    }

    #[test]
    fn every_variable_has_its_value() {
        let source = BlobKey::parse("a/b/c.jpg").unwrap();
        let context = NameContext {
            source: Some(&source),
            ..context("/", "x.tar.gz")
        };
        for (rule, value) in [
            ("{timestamp}", "1709615289"),
            ("{timestamp_nano}", "1709615289000000012"),
            ("{datetime}", "20240305070809"),
            ("{date}-{year}-{month}-{day}", "20240305-2024-03-05"),
            ("{hour}.{minute}.{second}", "07.08.09"),
            ("{originname_without_ext}|{ext}", "x.tar|.gz"),
            ("{blob_path}/{blob_name}._thumb", "a/b/c.jpg._thumb"),
            ("{blob_name_without_ext}", "c"),
            ("{nothing}{uid", "{nothing}{uid"),
            ("{{uid}}", "{7}"),
            ("{path}", "{path}"),
        ] {
            assert_eq!(key(&rules("", rule), &context), value, "{rule}");
        }
        for (rule, below) in [
            ("{randomnum2}", 2),
            ("{randomnum3}", 3),
            ("{randomnum4}", 4),
            ("{randomnum8}", 8),
        ] {
            assert!(key(&rules("", rule), &context).parse::<u32>().unwrap() < below);
        }
        assert_eq!(key(&rules("", "{randomkey16}"), &context).len(), 16);
        assert!(Uuid::parse_str(&key(&rules("", "{uuid}"), &context)).is_ok());
    }

    #[test]
    fn slashes_and_dots_of_a_rule_are_tidied() {
        let rules = rules("/a//./b/{path}/", "{originname}");
        assert_eq!(key(&rules, &context("/", "f")), "a/b/f");
    }

    #[test]
    fn a_long_name_is_cut_before_its_extension() {
        let long = format!("{}.jpeg", "é".repeat(125));
        let rules = rules("{uid}", "{originname}_{uuid}");
        let key = key(&rules, &context("/", &long));
        let name = key.strip_prefix("7/").unwrap();
        assert!(name.len() <= 255 && name.starts_with("éé"), "{name}");
        let (cut, uuid) = name.split_once(".jpeg_").unwrap();
        assert!(cut.chars().all(|c| c == 'é'));
        assert!(Uuid::parse_str(uuid).is_ok());
    }

    #[test]
    fn a_deep_folder_is_left_out() {
        let deep = format!("/{}", vec!["folder"; 200].join("/"));
        let rules = rules("u/{path}", "{originname}");
        assert_eq!(key(&rules, &context(&deep, "a.txt")), "u/a.txt");
    }

    #[test]
    fn rules_that_lead_nowhere_get_a_plain_key() {
        for (dir, file) in [
            ("../x", "y"),
            ("a", ".."),
            ("a", ""),
            ("a", "b/"),
            (".staging", "b"),
        ] {
            let key = key(&rules(dir, file), &context("/", "f"));
            assert!(
                Uuid::parse_str(key.strip_prefix("7/").unwrap()).is_ok(),
                "{key}"
            );
        }
    }

    #[test]
    fn a_known_root_comes_off() {
        assert_eq!(
            strip_root("/srv/data/uploads/{uid}", "/srv/data"),
            "uploads/{uid}"
        );
        assert_eq!(
            strip_root("/srv/data/uploads/{uid}", "/srv/data/"),
            "uploads/{uid}"
        );
        assert_eq!(strip_root("data/uploads/x", "data"), "uploads/x");
        assert_eq!(strip_root("database/x", "data"), "database/x");
        assert_eq!(strip_root("uploads/x", "/srv/data"), "uploads/x");
    }

    proptest! {
        #[test]
        fn whatever_the_rules_and_names_a_key_comes_out(
            dir in ".{0,40}", file in "[{}a-z/._é]{0,30}", path in "\\PC{0,600}", name in ".{0,300}",
            seed: u64,
        ) {
            let dir = format!("{dir}/{{path}}");
            let file = format!("{file}{{originname}}{{randomkey8}}");
            let key = rules(&dir, &file)
                .key(&context(&path, &name), &mut StdRng::seed_from_u64(seed));
            prop_assert!(key.as_str().split('/').all(|segment| segment.len() <= 255));
        }

        #[test]
        fn a_cut_name_is_within_its_limit(name in "\\PC{0,80}", limit in 0_usize..100) {
            let short = cut(&name, limit);
            prop_assert!(short.len() <= limit);
            prop_assert!(name.len() > limit || short == name);
        }
    }
}
