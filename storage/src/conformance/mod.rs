//! What every driver is held to. Each case is a function; [`conformance_tests!`] makes a named
//! test of each:
//!
//! ```text
//! mod memory {
//!     storage::conformance_tests!(MemoryFixture::default());
//! }
//! ```
//!
//! Cases that a driver's [`Capabilities`](crate::Capabilities) exclude pass without a look, and
//! a driver must refuse what it says it cannot do.
//!
//! [`conformance_tests!`]: crate::conformance_tests

mod blobs;
mod completion;
mod uploads;
mod vendor;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::sync::oneshot;
use uuid::Uuid;

pub use self::blobs::*;
pub use self::completion::*;
pub use self::uploads::*;
pub use self::vendor::*;
use crate::{
    BlobKey, ByteRange, ByteStream, Driver, DriverError, PartWritten, UploadPlan, collect, whole,
};

/// One empty storage to test.
pub trait Fixture: Send + Sync {
    /// A new driver on the same storage, as after a restart or in another process.
    fn open(&self) -> Arc<dyn Driver>;

    /// Whether what lists the storage does so in byte order: not everything that should does.
    fn lists_in_order(&self) -> bool {
        true
    }

    /// Whether the storage tells of uploads that are under way: not all do.
    fn tells_unfinished(&self) -> bool {
        true
    }

    /// Smallest part the storage takes, if that is not the last; a multiple of 1024.
    fn chunk_bytes(&self) -> u64 {
        64 * 1024
    }
}

/// Makes a test of every conformance case. The expression gives a fresh [`Fixture`] each time.
#[macro_export]
macro_rules! conformance_tests {
    ($fixture:expr) => {
        $crate::conformance_tests! { @each $fixture;
            bytes_read_back_as_written
            ranges_are_clamped_to_the_blob
            a_key_never_written_is_not_found
            a_blob_is_never_overwritten
            of_rival_writers_one_wins
            a_body_of_the_wrong_length_leaves_nothing
            a_failing_sender_leaves_nothing
            a_write_cut_off_leaves_nothing
            deleting_takes_what_no_document_can_name
            deleting_is_repeatable
            deletions_beside_writes_lose_nothing
            odd_names_are_names_like_others
            listings_page_in_byte_order
            a_file_handle_gives_the_same_bytes
            parts_in_any_order_make_the_file
            an_upload_goes_on_after_a_restart
            a_part_sent_again_replaces_the_first
            a_part_of_the_wrong_length_can_be_sent_again
            a_part_cut_off_can_be_sent_again
            a_part_outside_the_file_is_refused
            a_part_size_beside_the_hash_tree_hashes_right
            an_incomplete_upload_is_refused_and_goes_on
            completing_twice_gives_the_same
            a_completion_that_had_begun_is_gone_on_with
            an_empty_file_has_one_empty_part
            an_upload_stays_unseen_until_complete
            after_completion_no_part_is_taken
            an_aborted_upload_is_gone_and_its_key_free
            aborting_after_completion_keeps_the_blob
            an_upload_never_overwrites
            an_upload_never_begun_is_gone
            unfinished_uploads_are_listed_and_discarded
            what_a_driver_lacks_it_refuses
            a_checksum_is_that_of_the_bytes
            an_upload_goes_where_it_was_sent
            folders_are_listed_one_by_one
        }
    };
    (@each $fixture:expr; $($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let fixture = $fixture;
                $crate::conformance::$case(&fixture).await;
            }
        )*
    };
}

fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).expect("the suite uses valid keys")
}

/// Bytes without a period that a swapped part could hide behind.
fn content(len: usize) -> Bytes {
    let mut bytes = vec![0; len];
    blake3::Hasher::new()
        .update(b"conformance")
        .finalize_xof()
        .fill(&mut bytes);
    bytes.into()
}

/// The same bytes in pieces of an awkward length.
fn pieces(bytes: &Bytes, len: usize) -> ByteStream {
    let bytes = bytes.clone();
    let starts = (0..bytes.len()).step_by(len);
    stream::iter(starts)
        .map(move |start| Ok(bytes.slice(start..bytes.len().min(start + len))))
        .boxed()
}

/// A body that stops after these bytes without ending, and a signal that it got there.
fn stalling(bytes: &Bytes) -> (ByteStream, oneshot::Receiver<()>) {
    let (reached, stalled) = oneshot::channel();
    let stall = stream::once(async move {
        let _ = reached.send(());
        std::future::pending().await
    });
    (pieces(bytes, 50_000).chain(stall).boxed(), stalled)
}

async fn read(driver: &dyn Driver, key: &BlobKey, range: ByteRange) -> Vec<u8> {
    let body = driver.read(key, range).await.expect("the blob exists");
    collect(body).await.expect("the blob is readable")
}

async fn assert_content(driver: &dyn Driver, key: &BlobKey, content: &[u8]) {
    let got = read(driver, key, ByteRange::ALL).await;
    assert!(
        got == content,
        "{} bytes at {key} are not the {} written",
        got.len(),
        content.len()
    );
    let stat = driver.stat(key).await.expect("the blob exists");
    assert_eq!(stat.size_bytes, content.len() as u64);
}

async fn assert_absent(driver: &dyn Driver, key: &BlobKey) {
    let stat = driver.stat(key).await;
    assert!(
        matches!(stat, Err(DriverError::NotFound(_))),
        "{key}: {stat:?}"
    );
    let read = driver.read(key, ByteRange::ALL).await.map(|_| "a body");
    assert!(
        matches!(read, Err(DriverError::NotFound(_))),
        "{key}: {read:?}"
    );
}

fn hash(content: &[u8]) -> [u8; 32] {
    *blake3::hash(content).as_bytes()
}

fn plan(name: &str, size_bytes: u64, chunk_bytes: u64) -> UploadPlan {
    UploadPlan {
        id: Uuid::new_v4(),
        key: key(name),
        size_bytes,
        chunk_bytes,
        expires_at: SystemTime::now() + Duration::from_hours(1),
        reserves: true,
        // Its parts come here; who could send them to a vendor as well has cases of its own.
        relay: true,
        content_type: Some("application/octet-stream".to_owned()),
        callback_url: None,
        vendor_state: None,
    }
}

/// Begins an upload of `content`, and puts the answer into the plan.
async fn begin(driver: &dyn Driver, plan: &mut UploadPlan) {
    let target = driver.begin_upload(plan).await.expect("the key is free");
    plan.vendor_state = target.vendor_state;
}

/// Sends one planned part of `content`.
async fn send(
    driver: &dyn Driver,
    plan: &UploadPlan,
    content: &Bytes,
    index: u64,
) -> Result<PartWritten, DriverError> {
    let part = plan.part(index).expect("the plan has this part");
    let bytes = content.slice(part.offset as usize..(part.offset + part.size_bytes) as usize);
    driver
        .write_part(plan, part.offset, part.size_bytes, whole(bytes))
        .await
}
