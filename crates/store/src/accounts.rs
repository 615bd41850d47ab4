//! Accounts and their groups.

use super::at_once::{self, rows_of};
use super::{Connection, Store, StoreResult};
use entity::{
    FileId, FileKind, GroupId, Timestamp, UserId, UserStatus, file, group, session, user,
};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, SimpleExpr};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, FromQueryResult, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait as _, RelationDef, Select,
};
use uuid::Uuid;
use wire::{BitSet, GroupPermission};

/// What tells whether a remembered account still holds.
#[derive(Clone, Debug, FromQueryResult)]
pub struct AccountStamp {
    pub status: UserStatus,
    pub tree_version: i64,
    pub user_updated: Timestamp,
    pub group_updated: Timestamp,
    /// When the session that was asked about ended.
    pub session_ended: Option<Timestamp>,
}

/// The stamp of an account: the one query that every signed-in request makes. `session_id` is the
/// session of the token, if it names one.
pub async fn stamp(
    store: &Store,
    id: UserId,
    session_id: Option<Uuid>,
) -> StoreResult<Option<AccountStamp>> {
    let ended = match session_id {
        Some(session_id) => session::Entity::find_by_id(session_id.to_string())
            .select_only()
            .column(session::Column::RevokedAt)
            .into_query()
            .into(),
        None => Expr::value(None::<i64>),
    };
    let stamp = with_stamp(user::Entity::find().select_only(), ended);
    at_once::one(store.read(), &stamp.filter(user::Column::Id.eq(id))).await
}

rows_of! {
    AccountStamp { status, tree_version, user_updated, group_updated, session_ended }
    user::Model {
        id, email, nick, password, status, avatar, group_id, root_id, used_bytes, fact_bytes,
        tree_version, two_factor_secret, settings, created_at, updated_at,
    }
    group::Model {
        id, name, max_storage, speed_limit, permissions, storage_policy_id, settings, created_at,
        updated_at,
    }
}

/// Adds the columns of a [`AccountStamp`] to a query that knows the account.
pub(super) fn with_stamp<E: EntityTrait>(select: Select<E>, ended: SimpleExpr) -> Select<E> {
    let to_group: RelationDef = user::Entity::belongs_to(group::Entity)
        .from(user::Column::GroupId)
        .to(group::Column::Id)
        .into();
    select
        .column(user::Column::Status)
        .column(user::Column::TreeVersion)
        .column_as(user::Column::UpdatedAt, "user_updated")
        .column_as(group::Column::UpdatedAt, "group_updated")
        .expr_as(ended, "session_ended")
        .join(JoinType::InnerJoin, to_group)
}

/// When a group last changed.
pub async fn group_updated(store: &Store, id: GroupId) -> StoreResult<Option<Timestamp>> {
    Ok(group::Entity::find_by_id(id)
        .select_only()
        .column(group::Column::UpdatedAt)
        .into_tuple()
        .one(store.read())
        .await?)
}

pub async fn by_id(db: &Connection, id: UserId) -> StoreResult<Option<user::Model>> {
    Ok(user::Entity::find_by_id(id).one(db).await?)
}

/// The rows with these ids.
pub async fn by_ids(db: &Connection, ids: &[UserId]) -> StoreResult<Vec<user::Model>> {
    Ok(user::Entity::find()
        .filter(user::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?)
}

/// The addresses of all accounts.
pub async fn emails(db: &Connection) -> StoreResult<Vec<(UserId, String)>> {
    Ok(user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::Email])
        .into_tuple()
        .all(db)
        .await?)
}

/// Writes an address in another form.
pub async fn set_email(
    db: &Connection,
    id: UserId,
    email: &str,
    now: Timestamp,
) -> StoreResult<()> {
    user::Entity::update_many()
        .col_expr(user::Column::Email, Expr::value(email))
        .col_expr(user::Column::UpdatedAt, Expr::value(now))
        .filter(user::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Accounts in use whose group administers the site.
pub async fn administrators(db: &Connection) -> StoreResult<Vec<UserId>> {
    let groups = group::Entity::find().all(db).await?;
    let administers = |group: &group::Model| {
        let bits = BitSet::from_bytes(&group.permissions);
        bits.is_ok_and(|bits| bits.has(GroupPermission::Admin))
    };
    let groups = groups.iter().filter(|group| administers(group));
    Ok(user::Entity::find()
        .filter(user::Column::GroupId.is_in(groups.map(|group| group.id)))
        .filter(user::Column::Status.eq(UserStatus::Active))
        .order_by_asc(user::Column::Id)
        .select_only()
        .column(user::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}

/// `email` in the form in which addresses are stored.
pub async fn by_email(db: &Connection, email: &str) -> StoreResult<Option<user::Model>> {
    Ok(user::Entity::find()
        .filter(user::Column::Email.eq(email))
        .one(db)
        .await?)
}

pub async fn group(db: &Connection, id: GroupId) -> StoreResult<Option<group::Model>> {
    Ok(group::Entity::find_by_id(id).one(db).await?)
}

/// Whether all these accounts and groups exist; each is named once.
pub async fn all_exist(db: &Connection, users: &[i64], groups: &[i64]) -> StoreResult<bool> {
    let known_users = user::Entity::find()
        .filter(user::Column::Id.is_in(users.iter().copied()))
        .filter(user::Column::Status.ne(UserStatus::Deleting))
        .count(db)
        .await?;
    let known_groups = group::Entity::find()
        .filter(group::Column::Id.is_in(groups.iter().copied()))
        .count(db)
        .await?;
    Ok(known_users == users.len() as u64 && known_groups == groups.len() as u64)
}

/// Every account, by id.
pub async fn all(store: &Store) -> StoreResult<Vec<user::Model>> {
    Ok(user::Entity::find()
        .order_by_asc(user::Column::Id)
        .all(store.read())
        .await?)
}

/// Bytes an account holds.
pub async fn used_bytes(store: &Store, id: UserId) -> StoreResult<Option<i64>> {
    Ok(user::Entity::find_by_id(id)
        .select_only()
        .column(user::Column::UsedBytes)
        .into_tuple()
        .one(store.read())
        .await?)
}

/// Whether nobody has registered yet.
pub async fn is_empty(db: &Connection) -> StoreResult<bool> {
    let first: Option<UserId> = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .into_tuple()
        .one(db)
        .await?;
    Ok(first.is_none())
}

/// Makes transactions that ask for the same group wait for each other. Answers whether it exists.
pub async fn lock_group(db: &Connection, id: GroupId) -> StoreResult<bool> {
    Ok(group::Entity::find_by_id(id)
        .lock_exclusive()
        .one(db)
        .await?
        .is_some())
}

/// The account, locked until the transaction ends.
pub async fn locked(db: &Connection, id: UserId) -> StoreResult<Option<user::Model>> {
    Ok(user::Entity::find_by_id(id)
        .lock_exclusive()
        .one(db)
        .await?)
}

/// Active accounts with `keyword` in address or nickname, in any case, by id. `by_whole_address`:
/// an address is found only by who knows all of it.
pub async fn search(
    store: &Store,
    keyword: &str,
    by_whole_address: bool,
    limit: u64,
) -> StoreResult<Vec<user::Model>> {
    let email = if by_whole_address {
        escape(&keyword.to_lowercase())
    } else {
        format!("%{}%", escape(&keyword.to_lowercase()))
    };
    let pattern = format!("%{}%", escape(&keyword.to_lowercase()));
    let like = || LikeExpr::new(&pattern).escape('\\');
    Ok(user::Entity::find()
        .filter(user::Column::Status.eq(UserStatus::Active))
        .filter(
            Condition::any()
                .add(Expr::col(user::Column::Email).like(LikeExpr::new(email).escape('\\')))
                .add(lower(user::Column::Nick).like(like()))
                .add(
                    Expr::col(user::Column::Nick)
                        .like(LikeExpr::new(format!("%{}%", escape(keyword))).escape('\\')),
                ),
        )
        .order_by_asc(user::Column::Id)
        .limit(limit)
        .all(store.read())
        .await?)
}

pub(super) fn lower(column: impl ColumnTrait) -> SimpleExpr {
    sea_orm::sea_query::Func::lower(Expr::col(column)).into()
}

/// Characters with a meaning in patterns mean themselves.
pub(super) fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut escaped, c| {
            if matches!(c, '%' | '_' | '\\') {
                escaped.push('\\');
            }
            escaped.push(c);
            escaped
        })
}

/// An account that does not exist yet.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub email: String,
    pub nick: String,
    pub password: Option<String>,
    pub status: UserStatus,
    pub group: GroupId,
    pub settings: user::Settings,
}

/// Inserts an account with the root folder of its drive.
/// # Errors
/// A duplicate if the address is taken.
pub async fn insert(db: &Connection, new: NewAccount, at: Timestamp) -> StoreResult<UserId> {
    let row = user::ActiveModel {
        id: NotSet,
        email: Set(new.email),
        nick: Set(new.nick),
        password: Set(new.password),
        status: Set(new.status),
        avatar: Set(String::new()),
        group_id: Set(new.group),
        root_id: Set(None),
        used_bytes: Set(0),
        fact_bytes: Set(0),
        tree_version: Set(0),
        two_factor_secret: Set(None),
        settings: Set(new.settings),
        created_at: Set(at),
        updated_at: Set(at),
    };
    let id = user::Entity::insert(row).exec(db).await?.last_insert_id;
    let root = file::ActiveModel {
        id: NotSet,
        kind: Set(FileKind::Folder),
        owner_id: Set(id),
        parent_id: Set(None),
        name: Set(String::new()),
        name_folded: Set(String::new()),
        size_bytes: Set(0),
        current_blob_id: Set(None),
        is_symbolic: Set(false),
        view: Set(None),
        created_at: Set(at),
        updated_at: Set(at),
        trashed_at: Set(None),
        purge_at: Set(None),
    };
    let root: FileId = file::Entity::insert(root).exec(db).await?.last_insert_id;
    user::Entity::update_many()
        .col_expr(user::Column::RootId, Expr::value(root))
        .filter(user::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(id)
}

/// What is written to an account; the rest stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// In the form in which addresses are stored.
    pub email: Option<String>,
    pub nick: Option<String>,
    /// `Some(None)`: nobody signs in by password any more.
    pub password: Option<Option<String>>,
    pub status: Option<UserStatus>,
    pub avatar: Option<String>,
    pub group: Option<GroupId>,
    /// `Some(None)`: without a second factor from now on.
    pub two_factor_secret: Option<Option<String>>,
    pub settings: Option<user::Settings>,
}

/// Writes `change` to an account that the caller has [`locked`], and moves its version on, so that
/// nobody keeps using what they remember of it.
/// # Errors
/// A duplicate if the address is taken.
pub async fn update(
    db: &Connection,
    old: &user::Model,
    change: Change,
    now: Timestamp,
) -> StoreResult<()> {
    let row = user::ActiveModel {
        email: change.email.map_or(NotSet, Set),
        nick: change.nick.map_or(NotSet, Set),
        password: change.password.map_or(NotSet, Set),
        status: change.status.map_or(NotSet, Set),
        avatar: change.avatar.map_or(NotSet, Set),
        group_id: change.group.map_or(NotSet, Set),
        two_factor_secret: change.two_factor_secret.map_or(NotSet, Set),
        settings: change.settings.map_or(NotSet, Set),
        // Strictly growing even if the clock steps back.
        updated_at: Set(Ord::max(now, Timestamp(old.updated_at.0 + 1))),
        ..Default::default()
    };
    user::Entity::update_many()
        .set(row)
        .filter(user::Column::Id.eq(old.id))
        .exec(db)
        .await?;
    Ok(())
}
