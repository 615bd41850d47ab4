//! What is looked for.

use crate::code;
use site::limits::{SEARCH_FILTERS, SEARCH_TERM_BYTES};
use tests::{TestServer, uri};

#[tokio::test]
async fn no_text_that_is_looked_for_is_longer_than_a_name_could_be() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/plan.md").await;
    for key in ["name", "meta_tag:x", "exact_meta_tag:x"] {
        for (bytes, expected) in [
            (SEARCH_TERM_BYTES, 0),
            (SEARCH_TERM_BYTES + 1, code::PARAMETER),
            (50_001, code::PARAMETER),
        ] {
            let query = format!("{}?{key}={}", uri("/"), "x".repeat(bytes));
            let reply = alice.list(&query).await;
            assert_eq!(reply.code(), expected, "{key} {bytes}");
        }
    }
    let folded = format!("{}?case_folding&name={}", uri("/"), "%C3%A4".repeat(600));
    alice.list(&folded).await.refused(code::PARAMETER);
}

#[tokio::test]
async fn a_search_combines_so_many_filters_and_no_more() {
    let server = TestServer::start().await;
    let alice = server.user("alice").await;
    alice.create_file("/plan.md").await;
    for (filters, expected) in [(SEARCH_FILTERS, 0), (SEARCH_FILTERS + 1, code::PARAMETER)] {
        let query = format!("{}?use_or&{}", uri("/"), "&name=p".repeat(filters));
        let reply = alice.list(&query).await;
        assert_eq!(reply.code(), expected, "{filters}");
    }
}
