//! Every setting of the site: shown, and changed.

use crate::By;
use crate::audit::{self, Changed};
use crate::error::AdminError;
use drive::context::Core;
use entity::GroupId;
use serde_json::json;
use site::actor::{ANONYMOUS_GROUP, Actor, let_administer};
use site::limits::{SETTING_BYTES, SETTINGS_ASKED};
use site::settings::sealed;
use site::settings::{Description, Kind, describe, is_known, live, nearest, random_alphanumeric};
use site::settings::{site_urls_text, without_sense};
use site::task::cron::Schedule;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::journal::{self, Op};
use store::{Tx, accounts, settings as rows};

/// Never shown, to nobody.
const HIDDEN: [&str; 2] = ["secret_key", "encrypt_master_key"];
/// Drawn anew by whoever writes it, whatever they write.
const DRAWN: &str = "secret_key";
const DRAWN_CHARS: usize = 256;
/// Which group new accounts join.
const FIRST_GROUP: &str = "default_group";
/// How long what happened to files is kept: apps remove nothing of it.
const LOG_AGE: &str = "fs_event_push_max_age";
/// What links and other servers know the site by, drawn once; nothing is no value.
const DRAWN_ONCE: [&str; 2] = ["hash_id_salt", "siteID"];
/// Names that stand in titles and subjects, and their length.
const NAMES: [&str; 2] = ["siteName", "fromName"];
const NAME_BYTES: usize = 255;
/// What is stored under it would be lost.
const FIXED: &str = "encrypt_master_key";

/// Settings that are to be changed, all or none.
#[derive(Clone, Debug, Default)]
pub struct SettingsPatch {
    pub values: BTreeMap<String, String>,
    /// What those who change them believe they are; another value refuses all.
    pub expected: BTreeMap<String, String>,
}

/// The service behind the pages of settings.
#[derive(Clone, Debug)]
pub struct SiteSettings {
    core: Arc<Core>,
}

impl SiteSettings {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// What there is to set.
    /// # Errors
    /// `NotAllowed`
    pub fn describe(&self, actor: &Actor) -> Result<Vec<Description>, AdminError> {
        crate::administrator(actor)?;
        let all = describe().into_iter();
        Ok(all.filter(|one| !HIDDEN.contains(&one.key)).collect())
    }

    /// The rows of these names, as far as there are any. Apps are not shown secrets.
    /// # Errors
    /// `NotAllowed`
    pub async fn get(
        &self,
        actor: &Actor,
        names: &[String],
    ) -> Result<BTreeMap<String, String>, AdminError> {
        crate::administrator(actor)?;
        if names.len() > SETTINGS_ASKED {
            return Err(AdminError::bad("Keys too long"));
        }
        let mut all = live::rows(&self.core.store, &self.core.sealer).await?;
        let is_app = actor.scopes().is_some();
        let mut found = BTreeMap::new();
        for name in names {
            if is_hidden(name) {
                continue;
            }
            if let Some(value) = all.remove(name) {
                let is_shown = !(is_app && sealed::is_secret(name));
                found.insert(name.clone(), if is_shown { value } else { String::new() });
            }
        }
        Ok(found)
    }

    /// Changes settings; they are in force here at once. Answers them as they are stored.
    /// # Errors
    /// `BadValue`, `Stale`
    pub async fn patch(
        &self,
        actor: &Actor,
        patch: SettingsPatch,
    ) -> Result<BTreeMap<String, String>, AdminError> {
        let by = crate::administrator(actor)?;
        let mut values = patch.values;
        if actor.scopes().is_some() {
            // What it was not shown it sends back empty.
            values.retain(|key, value| !(value.is_empty() && sealed::is_secret(key)));
            harmless(&values)?;
            if patch.expected.keys().any(|key| sealed::is_secret(key)) {
                return Err(AdminError::bad("Apps are not told what secrets are"));
            }
        }
        self.write(Some(by), values, patch.expected).await
    }

    /// Every setting, for somebody with a shell on the server; secrets are empty.
    /// # Errors
    /// Only the database's.
    pub async fn all_by_operator(&self) -> Result<BTreeMap<String, String>, AdminError> {
        let all = live::rows(&self.core.store, &self.core.sealer).await?;
        let shown = all.into_iter().filter(|(key, _)| !is_hidden(key));
        let shown = shown.map(|(key, value)| {
            let is_secret = sealed::is_secret(&key);
            (key, if is_secret { String::new() } else { value })
        });
        Ok(shown.collect())
    }

    /// The same change by somebody with a shell on the server. A server that runs hears of it
    /// within moments.
    /// # Errors
    /// `BadValue`
    pub async fn set_by_operator(
        &self,
        values: BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, AdminError> {
        self.write(None, values, BTreeMap::new()).await
    }

    async fn write(
        &self,
        by: Option<By<'_>>,
        mut values: BTreeMap<String, String>,
        expected: BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, AdminError> {
        check(&values)?;
        check_expected(&expected)?;
        if values.is_empty() && expected.is_empty() {
            return Ok(values);
        }
        if let Some(urls) = values.get_mut("siteURL") {
            *urls = site_urls_text(urls)
                .ok_or_else(|| AdminError::bad("siteURL: every part must be a web address"))?;
        }
        if let Some(key) = values.get_mut(DRAWN) {
            *key = random_alphanumeric(DRAWN_CHARS, &mut rand::rng());
        }
        let (store, sealer) = (&self.core.store, &self.core.sealer);
        let mut tx = store.begin().await?;
        let names = values.keys().chain(expected.keys());
        let names: Vec<&str> = names.map(String::as_str).collect();
        let before = opened(sealer, rows::taken(&tx, &names).await?);
        let stale = expected
            .iter()
            .filter(|(key, value)| before.get(*key).is_some_and(|before| before != *value));
        let stale: Vec<String> = stale.map(|(key, _)| key.clone()).collect();
        if !stale.is_empty() {
            return Err(AdminError::Stale(stale));
        }
        if values.is_empty() {
            return Ok(values);
        }
        if let Some(group) = values.get(FIRST_GROUP) {
            require_group(&tx, group).await?;
        }
        let changed = values.iter().map(|(key, after)| Changed {
            is_secret: sealed::is_secret(key) || is_hidden(key),
            ..Changed::new(key, before.get(key).cloned(), after.clone())
        });
        let (about, changed) = (json!("settings"), changed.collect());
        let entry = match by {
            Some(by) => audit::entry(by, Op::SettingsChanged, about, changed),
            None => audit::by_operator(Op::SettingsChanged, about, changed),
        };
        journal::append(&mut tx, self.core.now(), vec![entry]);
        let written = values.clone().into_iter().collect();
        self.core
            .settings
            .put_in(store, sealer, tx, written)
            .await?;
        for hidden in HIDDEN {
            if let Some(value) = values.get_mut(hidden) {
                value.clear();
            }
        }
        Ok(values)
    }
}

fn is_hidden(name: &str) -> bool {
    HIDDEN
        .iter()
        .any(|hidden| hidden.eq_ignore_ascii_case(name))
}

/// What is compared must be there to be compared.
fn check_expected(expected: &BTreeMap<String, String>) -> Result<(), AdminError> {
    if expected.len() > SETTINGS_ASKED {
        return Err(AdminError::bad("Expected too long"));
    }
    let wrong = expected.keys().find(|key| !is_known(key) || is_hidden(key));
    wrong.map_or(Ok(()), |key| {
        Err(AdminError::bad(format!("{key}: there is no such setting")))
    })
}

/// New accounts join a group that is there, and stays there until this is done.
async fn require_group(tx: &Tx, id: &str) -> Result<(), AdminError> {
    let id = id.trim().parse().map(GroupId);
    let id = id.map_err(|_| AdminError::GroupNotFound)?;
    let refused = |why: &str| Err(AdminError::bad(format!("{FIRST_GROUP}: {why}")));
    if !accounts::lock_group(tx.db(), id).await? {
        return refused("there is no such group");
    }
    if id == ANONYMOUS_GROUP {
        return refused("this group is for visitors without an account");
    }
    let group = accounts::group(tx.db(), id).await?;
    if group.is_some_and(|group| let_administer(&group.permissions)) {
        return refused("whoever registers would administer the site");
    }
    Ok(())
}

/// Texts that an app may change; others say where letters, secrets and visitors go, who is let in, or
/// what browsers run.
const HARMLESS: [&str; 2] = ["siteName", "siteDes"];

/// An app that administers the site does not make itself a person who does, and names no other place
/// for anything: it turns switches, and chooses numbers and among what there is.
fn harmless(values: &BTreeMap<String, String>) -> Result<(), AdminError> {
    let is_plain = |known: &Description| {
        matches!(
            known.kind,
            Kind::Flag | Kind::Number { .. } | Kind::Choice(_)
        ) || HARMLESS.contains(&known.key)
    };
    let known = describe();
    for key in values.keys() {
        let found = known.iter().find(|known| known.key == key);
        let is_kept = key == FIRST_GROUP || key == LOG_AGE;
        if is_kept || found.is_some_and(|known| !is_plain(known)) {
            return Err(AdminError::bad(format!("{key}: apps do not change this")));
        }
    }
    Ok(())
}

/// Refuses what has no meaning, or makes no sense.
fn check(values: &BTreeMap<String, String>) -> Result<(), AdminError> {
    for (key, value) in values {
        if !is_known(key) {
            let meant = nearest(key).map(|meant| format!(", is {meant} meant?"));
            let meant = meant.unwrap_or_default();
            return Err(AdminError::bad(format!(
                "{key}: there is no such setting{meant}"
            )));
        }
        if key == FIXED {
            return Err(AdminError::bad(format!("{key}: cannot be changed here")));
        }
        if DRAWN_ONCE.contains(&key.as_str()) && value.trim().is_empty() {
            let why = "cannot be empty: links that people have would lead nowhere";
            return Err(AdminError::bad(format!("{key}: {why}")));
        }
        let most = if NAMES.contains(&key.as_str()) {
            NAME_BYTES
        } else {
            SETTING_BYTES
        };
        if value.len() > most {
            return Err(AdminError::bad(format!("{key}: too long")));
        }
        if value.contains('\0') {
            return Err(AdminError::bad(format!("{key}: must not hold NUL")));
        }
        if key.starts_with("cron_") && !Schedule::is_read(value) {
            let why = "wants a time to repeat, such as `@every 30m` or `0 3 * * *`";
            return Err(AdminError::bad(format!("{key}: {why}")));
        }
    }
    let wrong = without_sense(values).into_iter();
    let wrong: Vec<String> = wrong.map(|(key, why)| format!("{key}: {why}")).collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        // A line each.
        Err(AdminError::bad(wrong.join("\n")))
    }
}

/// Rows as an administrator sets them.
fn opened(sealer: &site::secret::Sealer, rows: HashMap<String, String>) -> HashMap<String, String> {
    let open = |(key, value): (String, String)| {
        let open = sealed::open(sealer, &key, &value).unwrap_or_default();
        (key, open)
    };
    rows.into_iter().map(open).collect()
}
