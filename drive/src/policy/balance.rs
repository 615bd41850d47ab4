//! Policies that keep nothing themselves: new bytes are spread over others, folder by folder.

pub use entity::storage_policy::LOAD_BALANCE as KIND;
use entity::storage_policy::Settings;
use entity::{FileId, PolicyId};
use serde::Deserialize;
use std::collections::HashSet;

/// The setting that names the others (ours: other clients send it back without knowing it).
pub const CHILDREN: &str = "children";
const MOST: usize = 100;
/// Heaviest weight.
const HEAVIEST: i64 = 1_000_000;

/// A policy that bytes are spread to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    pub policy: PolicyId,
    /// In proportion to the others; 0: nothing new goes there.
    pub weight: u32,
}

#[derive(Deserialize)]
struct Said {
    policy_id: i64,
    weight: i64,
}

/// What a policy is spread over.
/// # Errors
/// A sentence about what makes no sense.
pub fn children(settings: &Settings) -> Result<Vec<Child>, &'static str> {
    let said = settings.other.get(CHILDREN).cloned().unwrap_or_default();
    let said: Vec<Said> = serde_json::from_value(said)
        .map_err(|_| "children must be a list of policy_id and weight")?;
    if said.len() > MOST {
        return Err("children: at most 100 policies");
    }
    let mut seen = HashSet::new();
    let mut found = Vec::with_capacity(said.len());
    for Said { policy_id, weight } in said {
        if !(0..=HEAVIEST).contains(&weight) {
            return Err("children: a weight is a number from 0 to 1,000,000");
        }
        if !seen.insert(policy_id) {
            return Err("children: each policy once");
        }
        found.push(Child {
            policy: PolicyId(policy_id),
            weight: u32::try_from(weight).unwrap_or(0),
        });
    }
    if found.iter().all(|child| child.weight == 0) {
        return Err("children: one weight at least must be above 0");
    }
    Ok(found)
}

/// The policies in the order in which a folder would have them (weighted rendezvous hashing): always
/// the same, and when one comes or goes, or weighs otherwise, only its share of the folders moves.
pub(super) fn ranked(folder: FileId, children: &[Child]) -> Vec<PolicyId> {
    let weighed = children.iter().filter(|child| child.weight > 0);
    let mut scored: Vec<(f64, PolicyId)> = weighed
        .map(|child| (score(folder, *child), child.policy))
        .collect();
    scored.sort_by(|(a, one), (b, other)| b.total_cmp(a).then(one.cmp(other)));
    scored.into_iter().map(|(_, policy)| policy).collect()
}

/// The policies that take something, the one that takes most first.
pub(super) fn heaviest_first(children: &[Child]) -> Vec<PolicyId> {
    let mut taking: Vec<&Child> = children.iter().filter(|child| child.weight > 0).collect();
    taking.sort_by_key(|child| std::cmp::Reverse(child.weight));
    taking.into_iter().map(|child| child.policy).collect()
}

fn score(folder: FileId, child: Child) -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&folder.0.to_le_bytes());
    hasher.update(&child.policy.0.to_le_bytes());
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..4]);
    // Between 0 and 1, and never either.
    let chance = (f64::from(u32::from_le_bytes(bytes)) + 0.5) / 4_294_967_296.0;
    f64::from(child.weight) / -chance.ln()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    fn settings(children: Value) -> Settings {
        let mut settings = Settings::default();
        settings.other.insert(CHILDREN.to_owned(), children);
        settings
    }

    fn of(weights: &[u32]) -> Vec<Child> {
        let ids = (1..).map(PolicyId);
        let children = ids.zip(weights).map(|(policy, weight)| Child {
            policy,
            weight: *weight,
        });
        children.collect()
    }

    fn first(folder: i64, children: &[Child]) -> PolicyId {
        ranked(FileId(folder), children)[0]
    }

    #[test]
    fn only_lists_that_make_sense_are_taken() {
        let known =
            settings(json!([{ "policy_id": 2, "weight": 3 }, { "policy_id": 4, "weight": 0 }]));
        let children = children(&known).unwrap();
        assert_eq!(
            children[0],
            Child {
                policy: PolicyId(2),
                weight: 3
            }
        );
        let many: Vec<Value> = (0..101)
            .map(|id| json!({ "policy_id": id, "weight": 1 }))
            .collect();
        for wrong in [
            json!(null),
            json!([]),
            json!("1"),
            json!([{ "policy_id": 1 }]),
            json!([{ "policy_id": 1, "weight": 0 }]),
            json!([{ "policy_id": 1, "weight": -1 }]),
            json!([{ "policy_id": 1, "weight": 1.5 }]),
            json!([{ "policy_id": 1, "weight": 1_000_001 }]),
            json!([{ "policy_id": 1, "weight": 1 }, { "policy_id": 1, "weight": 1 }]),
            json!(many),
        ] {
            assert!(
                super::children(&settings(wrong.clone())).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn folders_are_spread_by_weight() {
        let children = of(&[1, 3, 0]);
        let heavy = (0..10_000)
            .filter(|folder| first(*folder, &children) == PolicyId(2))
            .count();
        assert!((7_300..7_700).contains(&heavy), "{heavy}");
        assert!((0..1000).all(|folder| ranked(FileId(folder), &children).len() == 2));
    }

    #[test]
    fn a_policy_that_comes_takes_its_share_and_moves_nothing_else() {
        let (before, after) = (of(&[1, 1, 1]), of(&[1, 1, 1, 1]));
        let moved = |folder: &i64| first(*folder, &before) != first(*folder, &after);
        let moved: Vec<i64> = (0..10_000).filter(moved).collect();
        assert!((2_300..2_700).contains(&moved.len()), "{}", moved.len());
        assert!(
            moved
                .iter()
                .all(|folder| first(*folder, &after) == PolicyId(4))
        );
    }
}
