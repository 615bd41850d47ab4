//! Strangers cannot fill the journal.

use tests::TestServer;

use super::{SITE, SITE_SETTING, add_passkey, begin, finish, second_step};
use crate::code;

const WRONG: &str = "a burglar";
const RIGHT: &str = "a guest";

#[tokio::test]
async fn who_comes_again_and_again_does_not_fill_the_journal() {
    let server = TestServer::start_with(&[SITE_SETTING]).await;
    let alice = server.user("alice").await;
    let mut passkey = add_passkey(&alice).await;
    let (options, session) = begin(&alice).await;
    let mut of_nobody = passkey.answer(SITE, &options);
    of_nobody["response"]["userHandle"] = "AAAA".into();
    let mut forger = alice.using(WRONG);
    for n in 0..10 {
        forger.refresh_token = Some(format!("garbage {n}"));
        forger.refresh().await.refused(code::CREDENTIAL_INVALID);
        let made_up = format!("made up {n}");
        let reply = second_step(&forger, &made_up, "123456").await;
        reply.refused(code::NOT_FOUND);
        let reply = finish(&forger, &made_up, &of_nobody).await;
        reply.refused(code::NOT_FOUND);
        let (_, begun) = begin(&alice).await;
        let reply = finish(&forger, &begun, &of_nobody).await;
        reply.refused(code::PASSKEY_REFUSED);
    }
    let answer = passkey.answer(SITE, &options);
    finish(&alice.using(RIGHT), &session, &answer).await.ok();
    alice.using(RIGHT).refresh().await.ok();
    server.told("refresh", RIGHT).await;
    let told = server.told("sign_in_failed", WRONG).await.len();
    // Twenty a minute, and a minute may pass in between.
    assert!((20..40).contains(&told), "{told}");
}
