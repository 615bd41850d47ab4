//! The letter that a task which took long has ended, for those who want it.

use super::AccountError;
use super::letter_text::{letter, page};
use super::letters::Occasion;
use entity::{TaskId, Timestamp, UserId, UserStatus};
use serde_json::{Map, Value};
use site::Site;
use site::mail::Letter;
use site::task::{EndedTask, NewTask, Summary, TaskInfo, TaskState};
use std::time::Duration;
use store::{accounts as rows, tasks};
use wire::FileUri;

/// What ends sooner is waited for.
const LONG: Duration = Duration::from_mins(10);
/// What a letter calls a task at most, in characters.
const NAME_CHARS: usize = 120;

/// The letter that follows a task, if it took long: whether somebody wants it is asked when it is
/// written. Who called one off knows of it.
pub fn letter_after(ended: &EndedTask, now: Timestamp) -> Option<NewTask> {
    let failed = match ended.state {
        TaskState::Completed => false,
        TaskState::Error => true,
        TaskState::Queued | TaskState::Processing | TaskState::Suspending | TaskState::Canceled => {
            return None;
        }
    };
    let occasion = Occasion::TaskEnded {
        user: ended.owner,
        task: ended.id,
        failed,
    };
    (ended.took > LONG).then(|| occasion.task(now))
}

/// As of now; none for somebody who does not want it, or for a task that is forgotten.
pub(super) async fn task_ended(
    site: &Site,
    user: UserId,
    task: TaskId,
    failed: bool,
) -> Result<Option<Letter>, AccountError> {
    let db = site.store.read();
    let user = rows::by_id(db, user).await?;
    let wants = |user: &entity::user::Model| user.settings.task_mail;
    let user = user.filter(|user| user.status == UserStatus::Active && wants(user));
    let (Some(user), Some(row)) = (user, tasks::seen(db, task).await?) else {
        return Ok(None);
    };
    let info = TaskInfo::of(row, &[], site.now());
    let name = named(info.summary.as_ref()).unwrap_or(info.kind);
    let live = site.settings();
    let mail = &live.settings.mail;
    let templates = if failed {
        &mail.task_failed
    } else {
        &mail.task_done
    };
    let link = page(&live, "tasks", &[]);
    let more = [("Task.Name", name.as_str())];
    Ok(Some(letter(&live, templates, &user, "", &link, &more)))
}

/// What people call a task: the name of what it makes, or of what it is made from.
fn named(summary: Option<&Summary>) -> Option<String> {
    let props = &summary?.props;
    let download = props.get("download").and_then(Value::as_object);
    let fetched = download.and_then(|download| text(download, "name"));
    let first = || {
        let all = props.get("src_multiple")?.as_array()?;
        last_name(all.first()?.as_str()?)
    };
    let of = |key| text(props, key).and_then(|uri| last_name(&uri));
    let name = fetched
        .or_else(|| of("src"))
        .or_else(|| of("dst").filter(|_| props.contains_key("src_multiple")))
        .or_else(first)
        .or_else(|| text(props, "src_str"))?;
    Some(name.chars().take(NAME_CHARS).collect())
}

fn text(props: &Map<String, Value>, key: &str) -> Option<String> {
    let text = props.get(key)?.as_str()?;
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// The last name of a URI.
fn last_name(uri: &str) -> Option<String> {
    FileUri::parse(uri).ok()?.name().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn name_of(props: Value) -> Option<String> {
        let Value::Object(props) = props else {
            return None;
        };
        let phase = String::new();
        named(Some(&Summary { phase, props }))
    }

    #[test]
    fn a_task_is_called_by_what_it_makes_or_is_made_from() {
        for (props, expected) in [
            (
                json!({ "src_multiple": ["cloudreve://my/a"], "dst": "cloudreve://my/b/h%20i.zip" }),
                Some("h i.zip"),
            ),
            (
                json!({ "src_multiple": ["cloudreve://my/a/b"], "dst_policy_id": "x" }),
                Some("b"),
            ),
            (
                json!({ "src": "cloudreve://my/x.rar", "dst": "cloudreve://my/there" }),
                Some("x.rar"),
            ),
            (
                json!({ "src": "", "src_str": "magnet:?x", "download": { "name": "linux" } }),
                Some("linux"),
            ),
            (
                json!({ "src": "", "src_str": "http://a/b", "dst": "cloudreve://my/there", "download": null }),
                Some("http://a/b"),
            ),
            (json!({}), None),
        ] {
            assert_eq!(name_of(props).as_deref(), expected);
        }
    }

    #[test]
    fn only_what_took_long_and_was_not_called_off_is_written_about() {
        let ended = |state, secs| EndedTask {
            id: TaskId(1),
            kind: "import".to_owned(),
            state,
            owner: UserId(1),
            took: Duration::from_secs(secs),
        };
        let is_written = |state, secs| letter_after(&ended(state, secs), Timestamp(0)).is_some();
        assert!(is_written(TaskState::Completed, 601));
        assert!(is_written(TaskState::Error, 601));
        assert!(!is_written(TaskState::Completed, 600));
        assert!(!is_written(TaskState::Canceled, 601));
    }
}
