//! Viewers that were seeded switched on and give files to other companies are switched off, until
//! an administrator wants them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Json;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Ids of the seeded viewers, and what of each shows that it is still the seeded one.
const SEEDED: [(&str, &str); 4] = [
    ("googledocs", "https://docs.google.com/gview?"),
    (
        "m365online",
        "https://view.officeapps.live.com/op/view.aspx?",
    ),
    ("drawio", ""),
    ("photopea", ""),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let select = Query::select()
            .column("value")
            .from("settings")
            .and_where(Expr::col("name").eq("file_viewers"))
            .to_owned();
        let Some(row) = db.query_one(&select).await? else {
            return Ok(());
        };
        let value: String = row.try_get("", "value")?;
        let Some(changed) = switched_off(&value) else {
            return Ok(());
        };
        let update = Query::update()
            .table("settings")
            .value("value", changed)
            .and_where(Expr::col("name").eq("file_viewers"))
            .to_owned();
        db.execute(&update).await?;
        Ok(())
    }
}

/// The setting with those viewers switched off; `None`: there is nothing to do, or no sense in it.
fn switched_off(value: &str) -> Option<String> {
    let mut groups: Json = value.parse().ok()?;
    let mut is_changed = false;
    for group in groups.as_array_mut()? {
        let Some(viewers) = group.get_mut("viewers").and_then(Json::as_array_mut) else {
            continue;
        };
        for viewer in viewers.iter_mut().filter_map(Json::as_object_mut) {
            let text = |key: &str| viewer.get(key).and_then(Json::as_str).unwrap_or_default();
            let (id, url) = (text("id"), text("url"));
            let is_seeded = SEEDED
                .iter()
                .any(|(seeded, start)| id == *seeded && url.starts_with(start));
            // Who said whether it is on has decided already.
            if is_seeded && !viewer.contains_key("disabled") {
                viewer.insert("disabled".to_owned(), Json::Bool(true));
                is_changed = true;
            }
        }
    }
    is_changed.then(|| groups.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_seeded_and_nobody_decided_on_is_switched_off() {
        let value = r#"[{"viewers":[
            {"id":"googledocs","type":"custom","url":"https://docs.google.com/gview?url={$src}"},
            {"id":"m365online","type":"custom","url":"https://office.example.com/?src={$src}"},
            {"id":"photopea","type":"builtin"},
            {"id":"drawio","type":"builtin","disabled":false},
            {"id":"ours","type":"custom","url":"https://docs.google.com/gview?url={$src}"}]}]"#;
        let changed = switched_off(value).map(|text| text.parse::<Json>());
        let Some(Ok(changed)) = changed else {
            panic!("{changed:?}");
        };
        let off = |at: usize| changed[0]["viewers"][at].get("disabled").cloned();
        assert_eq!(off(0), Some(Json::Bool(true)));
        assert_eq!(off(1), None);
        assert_eq!(off(2), Some(Json::Bool(true)));
        assert_eq!(off(3), Some(Json::Bool(false)));
        assert_eq!(off(4), None);
    }

    #[test]
    fn what_makes_no_sense_is_left_alone() {
        for value in ["", "{}", "[]", "[{\"viewers\":null}]", "[{}]"] {
            assert_eq!(switched_off(value), None, "{value}");
        }
    }
}
