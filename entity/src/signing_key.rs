//! Keys that sign what other software believes.

use crate::Timestamp;
use sea_orm::entity::prelude::*;

/// One key pair. The newest that is not retired signs; all are published until they are removed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub struct Model {
    /// Thumbprint of the public half (RFC 7638).
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    /// JWA name, such as `RS256`.
    pub algorithm: String,
    /// PKCS #8 in base64, sealed with the master key.
    pub sealed: String,
    /// As published in the key set.
    pub public_jwk: Json,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
