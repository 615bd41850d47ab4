//! Apps that may ask people to act for them.

use crate::{ClientId, Timestamp};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// One app.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_clients")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ClientId,
    /// Public name of the app, a UUID; never changes.
    pub guid: String,
    /// `sha256:` and 64 hexadecimal digits; the secret itself is shown once and not kept.
    pub secret_hash: String,
    pub name: String,
    pub homepage_url: String,
    pub redirect_uris: Texts,
    pub scopes: Texts,
    pub props: Props,
    pub is_enabled: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A list of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Texts(pub Vec<String>);

/// What is never searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Props {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Address of a picture.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// Seconds; 0: as for people.
    pub refresh_token_ttl: i64,
}

impl ActiveModelBehavior for ActiveModel {}
