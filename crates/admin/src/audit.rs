//! What is written down of a change.

use crate::By;
use crate::first::FIRST;
use serde_json::{Map, Value, json};
use store::journal::{Entry, Op};

/// Longer texts are cut: a page that was edited is not kept a second time.
const MOST_CHARS: usize = 300;

/// One value before and after.
pub(crate) struct Changed {
    pub name: String,
    pub before: Value,
    pub after: Value,
    pub is_secret: bool,
}

impl Changed {
    pub fn new(name: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self {
            name: name.to_owned(),
            before: before.into(),
            after: after.into(),
            is_secret: false,
        }
    }
}

/// What differs between two objects, field by field; `None`: nothing was, or is, there.
pub(crate) fn changes_of(old: Option<Value>, new: Option<Value>, secrets: &[&str]) -> Vec<Changed> {
    let fields = |value: Option<Value>| match value {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let (mut old, mut new) = (fields(old), fields(new));
    let mut names: Vec<String> = old.keys().chain(new.keys()).cloned().collect();
    names.sort_unstable();
    names.dedup();
    let changed = names.into_iter().map(|name| {
        let before = old.remove(&name).unwrap_or_default();
        let after = new.remove(&name).unwrap_or_default();
        Changed {
            is_secret: secrets.contains(&name.as_str()),
            ..Changed::new(&name, before, after)
        }
    });
    changed.collect()
}

/// An entry about a change of what is no file, with those of the values that differ.
pub(crate) fn entry(by: By<'_>, op: Op, about: Value, changed: Vec<Changed>) -> Entry {
    Entry::of_account(by.user.id, op).detail(detail(about, changed, by.app))
}

fn detail(about: Value, changed: Vec<Changed>, app: Option<&str>) -> String {
    let differ = changed.into_iter().filter(|one| one.before != one.after);
    let differ: Map<String, Value> = differ
        .map(|one| {
            let told = if one.is_secret {
                json!("changed")
            } else {
                json!({ "before": cut(one.before), "after": cut(one.after) })
            };
            (one.name, told)
        })
        .collect();
    let mut detail = json!({ "about": about, "changed": differ });
    if let Some(app) = app {
        detail["app"] = app.into();
    }
    detail.to_string()
}

/// The same of somebody with a shell on the server.
pub(crate) fn by_operator(op: Op, about: Value, changed: Vec<Changed>) -> Entry {
    let mut entry = Entry::of_account(FIRST, op).detail(detail(about, changed, None));
    entry.actor = None;
    entry
}

fn cut(value: Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > MOST_CHARS => {
            let start: String = text.chars().take(MOST_CHARS).collect();
            Value::String(format!("{start}…"))
        }
        value => value,
    }
}
