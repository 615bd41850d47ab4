//! What a code of an app stands for, with all that says whether it still does.

use super::{Connection, Store, StoreResult, apps, journal, sessions, tickets};
use crate::journal::Entry;
use entity::oauth_client::Texts;
use entity::{ClientId, Timestamp, group, oauth_client, oauth_grant, session, ticket, user};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, IdenStatic as _, Iterable, QueryFilter,
    QueryResult, QuerySelect, Select,
};

/// Kind of the tickets of codes that nobody has used yet.
pub const UNUSED: &str = "oauth_code";

/// The ticket of a code, and what there is of the rest.
#[derive(Clone, Debug)]
pub struct FoundCode {
    pub ticket: ticket::Model,
    /// Who consented.
    pub user: Option<user::Model>,
    /// Name of the group they are in.
    pub group: Option<String>,
    /// The app that brings the code.
    pub app: Option<oauth_client::Model>,
    /// What they let that app do now.
    pub granted: Option<Texts>,
}

/// What names of columns of other tables begin with; no column of tickets is called so.
const USER: &str = "person_";
const APP: &str = "app_";
const GROUP: &str = "group_name";
const GRANTED: &str = "granted";

impl FromQueryResult for FoundCode {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            ticket: ticket::Model::from_query_result(row, prefix)?,
            user: Option::from_query_result(row, USER)?,
            group: row.try_get(prefix, GROUP)?,
            app: Option::from_query_result(row, APP)?,
            granted: row.try_get(prefix, GRANTED)?,
        })
    }
}

/// Finds a code that is still good, as brought by an app: in one query, because apps come in
/// crowds and each question has its price. `kind` is that of its ticket.
pub async fn find(
    db: &Connection,
    (kind, id): (&str, &str),
    guid: &str,
    now: Timestamp,
) -> StoreResult<Option<FoundCode>> {
    let mut select = ticket::Entity::find_by_id(id)
        .filter(ticket::Column::Kind.eq(kind))
        .filter(ticket::Column::ExpiresAt.gt(now));
    select = with_all_of::<user::Entity>(select, USER);
    select = with_all_of::<oauth_client::Entity>(select, APP)
        .column_as(group::Column::Name, GROUP)
        .column_as(oauth_grant::Column::Scopes, GRANTED);
    let is_user = Expr::col((user::Entity, user::Column::Id))
        .equals((ticket::Entity, ticket::Column::UserId));
    let is_group =
        Expr::col((group::Entity, group::Column::Id)).equals((user::Entity, user::Column::GroupId));
    let is_app = oauth_client::Column::Guid.eq(guid);
    let is_grant = Expr::col((oauth_grant::Entity, oauth_grant::Column::UserId))
        .equals((user::Entity, user::Column::Id))
        .and(
            Expr::col((oauth_grant::Entity, oauth_grant::Column::ClientId))
                .equals((oauth_client::Entity, oauth_client::Column::Id)),
        );
    QuerySelect::query(&mut select)
        .join(JoinType::LeftJoin, user::Entity, is_user)
        .join(JoinType::LeftJoin, group::Entity, is_group)
        .join(JoinType::LeftJoin, oauth_client::Entity, is_app)
        .join(JoinType::LeftJoin, oauth_grant::Entity, is_grant);
    Ok(select.into_model::<FoundCode>().one(db).await?)
}

/// With every column of another table, under names that begin with `prefix`.
fn with_all_of<E: EntityTrait>(
    select: Select<ticket::Entity>,
    prefix: &str,
) -> Select<ticket::Entity> {
    E::Column::iter().fold(select, |select, column| {
        select.column_as(column, format!("{prefix}{}", column.as_str()))
    })
}

/// A code that passed every check, and what it shall become.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// Kinds of its ticket: a code, and a used one.
    pub kinds: (&'static str, &'static str),
    pub id: String,
    /// How long it is remembered as used.
    pub remembered_until: Timestamp,
    pub app: ClientId,
    pub session: session::Model,
    pub entry: Entry,
}

/// What came of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// The session has begun.
    Begun,
    /// Somebody was faster.
    Used,
    /// The grant was taken back in this very moment; the code is used up all the same.
    Withdrawn,
}

/// Uses codes up and begins sessions, all in one transaction.
pub async fn redeem(store: Store, all: Vec<Redemption>) -> StoreResult<Vec<Redeemed>> {
    let mut tx = store.begin().await?;
    let mut outcomes = Vec::with_capacity(all.len());
    let (mut sessions, mut entries, mut at) = (Vec::new(), Vec::new(), Timestamp(0));
    for one in all {
        let (now, until) = (one.session.created_at, one.remembered_until);
        let (user, session_id) = (one.session.user_id, one.session.id.as_str());
        outcomes.push(
            if !tickets::turn(tx.db(), one.kinds, &one.id, session_id, until).await? {
                Redeemed::Used
            } else if !apps::use_grant(tx.db(), user, one.app, now).await? {
                Redeemed::Withdrawn
            } else {
                sessions.push(one.session);
                entries.push(one.entry);
                at = Ord::max(at, now);
                Redeemed::Begun
            },
        );
    }
    sessions::insert_all(tx.db(), sessions).await?;
    journal::append(&mut tx, at, entries);
    tx.commit().await?;
    Ok(outcomes)
}
