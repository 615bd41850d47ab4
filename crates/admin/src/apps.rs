//! Apps that may ask people to act for them.

use crate::By;
use crate::audit::{self, changes_of};
use crate::error::AdminError;
use crate::page::{Page, PageRequest};
use drive::context::Core;
use entity::ClientId;
use entity::Timestamp;
use entity::oauth_client::{Model, Props, Texts};
use identity::oauth::{AppForm, BuiltIn, checked_app, hash_of_secret};
use serde_json::{Value, json};
use site::actor::Actor;
use site::settings::random_alphanumeric;
use std::sync::Arc;
use store::journal::{self, Op};
use store::{StoreError, Tx, apps as rows};
use uuid::Uuid;

/// Letters and digits of a new secret.
const SECRET_CHARS: usize = 32;

/// An app as administrators see it.
#[derive(Clone, Debug)]
pub struct AppRow {
    pub app: Model,
    /// It came with the program.
    pub is_system: bool,
    /// People who let it act for them; only of one app.
    pub grants: Option<u64>,
}

/// What an app is to be.
#[derive(Clone, Debug)]
pub struct AppEdit {
    /// Of a new app; empty: one is drawn.
    pub guid: String,
    /// Empty: the one it has, or one is drawn.
    pub secret: String,
    pub name: String,
    pub homepage_url: String,
    pub redirect_uris: Vec<String>,
    pub scopes: Vec<String>,
    pub props: Props,
    pub is_enabled: bool,
}

/// Which apps are wanted.
#[derive(Clone, Debug, Default)]
pub struct AppFilter {
    pub is_enabled: Option<bool>,
    /// A part of the name, in any case.
    pub name: Option<String>,
}

/// The service behind the pages of apps.
#[derive(Clone, Debug)]
pub struct Apps {
    core: Arc<Core>,
}

/// An app gives neither itself nor others more than people gave it.
fn people_only(actor: &Actor) -> Result<(), AdminError> {
    crate::people_only(actor, "Apps neither make nor change apps")
}

impl Apps {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// A page of the apps.
    /// # Errors
    /// `NotAllowed`
    pub async fn list(
        &self,
        actor: &Actor,
        request: &PageRequest,
        filter: &AppFilter,
    ) -> Result<Page<AppRow>, AdminError> {
        crate::administrator(actor)?;
        let mut all = rows::all(&self.core.store).await?;
        let part = filter.name.as_ref().map(|name| name.to_lowercase());
        all.retain(|app| {
            filter.is_enabled.is_none_or(|is| is == app.is_enabled)
                && part
                    .as_ref()
                    .is_none_or(|part| app.name.to_lowercase().contains(part))
        });
        match request.order_by.as_str() {
            "name" => all.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id))),
            "created_at" => all.sort_by_key(|app| (app.created_at, app.id)),
            "is_enabled" => all.sort_by_key(|app| (app.is_enabled, app.id)),
            _ => {}
        }
        let page = request.of(all);
        let rows = page.rows.into_iter().map(|app| row_of(app, None));
        Ok(Page {
            rows: rows.collect(),
            total: page.total,
        })
    }

    /// One app.
    /// # Errors
    /// `NotFound`
    pub async fn get(&self, actor: &Actor, id: ClientId) -> Result<AppRow, AdminError> {
        crate::administrator(actor)?;
        let db = self.core.store.read();
        let app = rows::by_id(db, id).await?;
        let app = app.ok_or(AdminError::NotFound("App"))?;
        let grants = rows::count_grants(db, id).await?;
        Ok(row_of(app, Some(grants)))
    }

    /// Adds an app. Its secret is what was sent; if none was, one is drawn that nobody is told:
    /// whoever needs it sets another.
    /// # Errors
    /// `BadValue`
    pub async fn create(&self, actor: &Actor, new: AppEdit) -> Result<AppRow, AdminError> {
        let by = crate::administrator(actor)?;
        people_only(actor)?;
        let now = self.core.now();
        let guid = if new.guid.is_empty() {
            Uuid::new_v4()
        } else {
            Uuid::parse_str(&new.guid).map_err(|_| AdminError::bad("guid must be a UUID"))?
        };
        let secret = if new.secret.is_empty() {
            random_alphanumeric(SECRET_CHARS, &mut rand::rng())
        } else {
            new.secret.clone()
        };
        let mut row = Model {
            id: ClientId(0),
            guid: guid.to_string(),
            secret_hash: hash_of_secret(&secret),
            created_at: now,
            updated_at: now,
            ..written(new)?
        };
        let mut tx = self.core.store.begin().await?;
        row.id = rows::insert(tx.db(), row.clone()).await.map_err(taken)?;
        self.write_down(&mut tx, by, Op::AppCreated, (None, Some(&row)));
        let id = row.id;
        tx.commit().await?;
        self.get(actor, id).await
    }

    /// Replaces an app. What it may do for those who let it act changes with its next request.
    /// # Errors
    /// `NotFound`, `BadValue`
    pub async fn replace(
        &self,
        actor: &Actor,
        (id, seen): (ClientId, Option<Timestamp>),
        new: AppEdit,
    ) -> Result<AppRow, AdminError> {
        let by = crate::administrator(actor)?;
        people_only(actor)?;
        let secret = Some(new.secret.clone()).filter(|secret| !secret.is_empty());
        let written = written(new)?;
        let mut tx = self.core.store.begin().await?;
        let old = rows::locked(tx.db(), id).await?;
        let old = old.ok_or(AdminError::NotFound("App"))?;
        crate::require_unchanged(seen, old.updated_at, &old.name)?;
        let row = Model {
            id,
            guid: old.guid.clone(),
            secret_hash: secret
                .map_or_else(|| old.secret_hash.clone(), |text| hash_of_secret(&text)),
            created_at: old.created_at,
            updated_at: self.core.now(),
            ..written
        };
        rows::replace(tx.db(), row.clone()).await?;
        self.write_down(&mut tx, by, Op::AppChanged, (Some(&old), Some(&row)));
        tx.commit().await?;
        self.get(actor, id).await
    }

    /// Removes an app; its tokens die at once.
    /// # Errors
    /// `NotFound`, `SystemApp`
    pub async fn delete(&self, actor: &Actor, id: ClientId) -> Result<(), AdminError> {
        let by = crate::administrator(actor)?;
        people_only(actor)?;
        let mut tx = self.core.store.begin().await?;
        let old = rows::locked(tx.db(), id).await?;
        let old = old.ok_or(AdminError::NotFound("App"))?;
        if BuiltIn::is_one(&old.guid) {
            return Err(AdminError::SystemApp);
        }
        rows::remove(tx.db(), id).await?;
        self.write_down(&mut tx, by, Op::AppDeleted, (Some(&old), None));
        tx.commit().await?;
        Ok(())
    }

    /// Removes several; those that came with the program, or are not there, are passed over.
    /// # Errors
    /// `Store`
    pub async fn delete_many(&self, actor: &Actor, ids: &[ClientId]) -> Result<(), AdminError> {
        for id in ids {
            match self.delete(actor, *id).await {
                Ok(()) | Err(AdminError::SystemApp | AdminError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn write_down(
        &self,
        tx: &mut Tx,
        by: By<'_>,
        op: Op,
        (old, new): (Option<&Model>, Option<&Model>),
    ) {
        let (id, name) = new.or(old).map_or((0, ""), |row| (row.id.0, &*row.name));
        let changed = changes_of(old.map(told), new.map(told), &["secret"]);
        let entry = audit::entry(by, op, json!({ "app": id, "name": name }), changed);
        journal::append(tx, self.core.now(), vec![entry]);
    }
}

fn row_of(app: Model, grants: Option<u64>) -> AppRow {
    AppRow {
        is_system: BuiltIn::is_one(&app.guid),
        app,
        grants,
    }
}

/// The parts of a row that whoever administers the site writes.
fn written(new: AppEdit) -> Result<Model, AdminError> {
    let form = AppForm {
        name: &new.name,
        homepage_url: &new.homepage_url,
        redirect_uris: &new.redirect_uris,
        scopes: &new.scopes,
        props: &new.props,
    };
    checked_app(form).map_err(AdminError::bad)?;
    Ok(Model {
        id: ClientId(0),
        guid: String::new(),
        secret_hash: String::new(),
        name: new.name,
        homepage_url: new.homepage_url,
        redirect_uris: Texts(new.redirect_uris),
        scopes: Texts(new.scopes),
        props: new.props,
        is_enabled: new.is_enabled,
        created_at: entity::Timestamp(0),
        updated_at: entity::Timestamp(0),
    })
}

fn told(row: &Model) -> Value {
    json!({
        "guid": row.guid,
        "secret": row.secret_hash,
        "name": row.name,
        "homepage_url": row.homepage_url,
        "redirect_uris": row.redirect_uris,
        "scopes": row.scopes,
        "props": row.props,
        "is_enabled": row.is_enabled,
    })
}

fn taken(error: StoreError) -> AdminError {
    if error.is_duplicate() {
        AdminError::bad("There is an app of this guid")
    } else {
        error.into()
    }
}
