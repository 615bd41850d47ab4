//! Keys that sign in without a password.

use crate::{PasskeyId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// One passkey of an account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkeys")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PasskeyId,
    pub user_id: UserId,
    /// Chosen by the authenticator; standard base64, unique on the site.
    pub credential_id: String,
    pub name: String,
    /// JSON text: public key, counter and flags.
    pub credential: String,
    pub used_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
