//! What a policy asks of a file before it takes its bytes.

pub use crate::error::policy::Refused;
use entity::storage_policy;
use regex::Regex;
use storage::PartBounds;
use wire::FileName;

/// Checks a name against the policy's extension list and pattern.
/// # Errors
/// [`Refused`]
pub fn check_name(policy: &storage_policy::Model, name: &FileName) -> Result<(), Refused> {
    let settings = &policy.settings;
    let list = settings.file_type.as_deref().unwrap_or_default();
    if !list.is_empty() {
        // A name without extension is in no list: an allow list refuses it.
        let listed = name.extension().is_some_and(|extension| {
            list.iter()
                .any(|item| item.eq_ignore_ascii_case(&extension))
        });
        if listed == settings.is_file_type_deny_list {
            return Err(Refused::Extension);
        }
    }
    if !settings.file_regexp.is_empty() {
        // A pattern that does not compile refuses everything it was meant to guard.
        let matches = Regex::new(&settings.file_regexp)
            .map_or(settings.is_name_regexp_deny_list, |pattern| {
                pattern.is_match(name.as_str())
            });
        if matches == settings.is_name_regexp_deny_list {
            return Err(Refused::Name);
        }
    }
    Ok(())
}

/// Checks a size against the policy's limit.
/// # Errors
/// [`Refused::TooLarge`]
pub fn check_size(policy: &storage_policy::Model, size_bytes: i64) -> Result<(), Refused> {
    if policy.max_size > 0 && size_bytes > policy.max_size {
        return Err(Refused::TooLarge);
    }
    Ok(())
}

/// Checks a size against what the parts of an upload to the storage can hold.
/// # Errors
/// [`Refused::TooLarge`]
pub fn check_parts(parts: PartBounds, size_bytes: i64) -> Result<(), Refused> {
    if u64::try_from(size_bytes).is_ok_and(|size| size > parts.most_file_bytes()) {
        return Err(Refused::TooLarge);
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use entity::{PolicyId, SecretText, Timestamp};

    pub fn policy(settings: storage_policy::Settings) -> storage_policy::Model {
        storage_policy::Model {
            id: PolicyId(1),
            name: "p".into(),
            kind: "local".into(),
            server: String::new(),
            bucket_name: String::new(),
            is_private: false,
            access_key: SecretText::default(),
            secret_key: SecretText::default(),
            max_size: 10,
            dir_name_rule: String::new(),
            file_name_rule: String::new(),
            settings,
            node_id: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    fn name(text: &str) -> FileName {
        FileName::new(text).unwrap()
    }

    #[test]
    fn an_allow_list_refuses_other_and_missing_extensions() {
        let policy = policy(storage_policy::Settings {
            file_type: Some(vec!["txt".into()]),
            ..Default::default()
        });
        assert_eq!(check_name(&policy, &name("a.TXT")), Ok(()));
        assert_eq!(check_name(&policy, &name("a.exe")), Err(Refused::Extension));
        assert_eq!(
            check_name(&policy, &name("README")),
            Err(Refused::Extension)
        );
    }

    #[test]
    fn a_deny_list_refuses_only_what_it_lists() {
        let policy = policy(storage_policy::Settings {
            file_type: Some(vec!["exe".into()]),
            is_file_type_deny_list: true,
            ..Default::default()
        });
        assert_eq!(check_name(&policy, &name("a.exe")), Err(Refused::Extension));
        assert_eq!(check_name(&policy, &name("README")), Ok(()));
    }

    #[test]
    fn patterns_allow_or_deny_names() {
        let mut settings = storage_policy::Settings {
            file_regexp: "^a".into(),
            ..Default::default()
        };
        assert_eq!(check_name(&policy(settings.clone()), &name("abc")), Ok(()));
        assert_eq!(
            check_name(&policy(settings.clone()), &name("bc")),
            Err(Refused::Name)
        );
        settings.is_name_regexp_deny_list = true;
        assert_eq!(
            check_name(&policy(settings.clone()), &name("abc")),
            Err(Refused::Name)
        );
        assert_eq!(check_name(&policy(settings), &name("bc")), Ok(()));
    }

    #[test]
    fn sizes_above_the_limit_are_refused() {
        let policy = policy(storage_policy::Settings::default());
        assert_eq!(check_size(&policy, 10), Ok(()));
        assert_eq!(check_size(&policy, 11), Err(Refused::TooLarge));
    }
}
