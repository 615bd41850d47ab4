//! How much an account may hold: decided here alone, for rows that were read and for statements
//! that compare.

use entity::{group, user};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};

/// How many bytes an account may hold. What its group says, so far: no account has a quota of its
/// own, and whoever asks does not rely on that.
pub fn quota_bytes(_user: &user::Model, group: &group::Model) -> i64 {
    group.max_storage
}

/// The same, as it is now, in a statement about rows of `users`.
pub(super) fn quota() -> SimpleExpr {
    let of_group = Query::select()
        .column((group::Entity, group::Column::MaxStorage))
        .from(group::Entity)
        .and_where(
            Expr::col((group::Entity, group::Column::Id))
                .equals((user::Entity, user::Column::GroupId)),
        )
        .take();
    SimpleExpr::SubQuery(None, Box::new(of_group.into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{self as store, accounts, drives, groups};
    use entity::{GroupId, Timestamp, UserId, UserStatus};
    use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

    fn group_of(id: i64, max_storage: i64) -> group::Model {
        group::Model {
            id: GroupId(id),
            name: String::new(),
            max_storage,
            speed_limit: 0,
            permissions: Vec::new(),
            storage_policy_id: None,
            settings: group::Settings::default(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    fn account(name: &str, group: i64) -> accounts::NewAccount {
        accounts::NewAccount {
            email: format!("{name}@example.com"),
            nick: name.to_owned(),
            password: None,
            status: UserStatus::Active,
            group: GroupId(group),
            settings: user::Settings::default(),
        }
    }

    #[tokio::test]
    async fn rows_and_statements_agree_on_what_an_account_may_hold() {
        let data = tempfile::tempdir().unwrap();
        let store = store::open(None, data.path()).await.unwrap();
        let tx = store.begin().await.unwrap();
        let db = tx.db();
        for (id, most) in [(1, 0), (2, 10), (3, i64::MAX)] {
            groups::insert_absent(db, group_of(id, most)).await.unwrap();
            let new = account(&format!("member{id}"), id);
            let member: UserId = accounts::insert(db, new, Timestamp(1)).await.unwrap();

            let (user, group) = drives::owner(db, member).await.unwrap().unwrap();
            let said: Option<i64> = user::Entity::find()
                .select_only()
                .expr_as(quota(), "quota")
                .filter(user::Column::Id.eq(member))
                .into_tuple()
                .one(db)
                .await
                .unwrap();
            assert_eq!(said, Some(quota_bytes(&user, &group)));

            let fits = async |bytes| drives::reserve(db, member, bytes).await.unwrap();
            assert!(fits(most).await);
            assert!(!fits(1).await);
            assert!(fits(0).await);
        }
    }
}
