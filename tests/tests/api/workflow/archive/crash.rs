//! `kill -9` at each step of packing: the next server packs, once, and nothing half made is left.

use super::{assert_whole, begin, ended, unzip};
use std::path::Path;
use tests::{Client, Program, Refusal, bytes_of};

const STEPS: [&str; 10] = [
    "task: claimed",
    "archive: begun",
    "content: expected",
    "archive: reading",
    "content: sealed",
    "content: placed",
    "content: stored",
    "change: written",
    "change: committed",
    "archive: brought",
];

async fn admin_of(program: &Program) -> Client {
    program.stranger().sign_in("admin", tests::PASSWORD).await
}

/// Begins a task on a server that dies at a step.
async fn dies(data: &Path, step: &str, dst: &str) -> Option<String> {
    let program = Program::serve_until(data, step).await;
    let admin = admin_of(&program).await;
    let body = super::body_of(&["/d"], dst, &serde_json::json!({}));
    let asked = admin
        .request(reqwest::Method::POST, "/workflow/archive")
        .json(&body);
    let answer = admin.try_send(asked).await;
    assert!(program.died(), "{step}");
    answer.map(|reply| reply.ok()["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_task_that_was_cut_off_at_any_step_goes_on_and_packs_once() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let program = Program::serve(data, Refusal::Nothing).await;
    let admin = program.user("admin").await;
    admin.put("/d/a.txt", "a").await;
    admin.put("/d/b.bin", bytes_of("b", 600_000)).await;
    let none = begin(&admin, &["/d"], "/before.zip").await;
    assert_whole(&ended(&admin, &none).await);
    let size = admin.get("/before.zip").await.len() as u64;
    program.kill();
    let mut made = 1;
    for (number, step) in STEPS.into_iter().enumerate() {
        let dst = format!("/{number}.zip");
        let id = dies(data, step, &dst).await;
        // Nobody waits for the lease of the dead.
        Program::tamper(
            data,
            "UPDATE tasks SET lease_until = 0 WHERE lease_until IS NOT NULL",
        )
        .await;
        let program = Program::serve(data, Refusal::Nothing).await;
        let admin = admin_of(&program).await;
        let Some(id) = id else {
            assert!(step.starts_with("change"), "{step}");
            program.kill();
            continue;
        };
        let task = ended(&admin, &id).await;
        assert_whole(&task);
        let packed = unzip(&admin.get(&dst).await);
        assert_eq!(packed.len(), 2, "{step}");
        assert_eq!(admin.versions(&dst).await.len(), 1, "{step}");
        made += 1;
        program.kill();
    }
    let program = Program::serve(data, Refusal::Nothing).await;
    let admin = admin_of(&program).await;
    assert_eq!(admin.used().await, 600_001 + made * size);
    assert!(program.stop());
    let output = Program::run(data, ["doctor", "--hash"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
}
