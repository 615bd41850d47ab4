//! Bytes that go through, both ways.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Bytes passed on at once.
const PIECE: usize = 32 << 10;
const CONNECT_TIME: Duration = Duration::from_secs(15);
/// How long a tunnel is quiet after the answer that it stands.
const TIME_TO_READ_THE_ANSWER: Duration = Duration::from_millis(300);

/// To the first of them that answers.
pub(super) async fn connect(found: &[SocketAddr]) -> Option<TcpStream> {
    for at in found {
        if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT_TIME, TcpStream::connect(at)).await {
            return Some(stream);
        }
    }
    None
}

/// Until who asked for a tunnel says something in it, or has had the time to read that it stands. aria2 loses
/// what it reads together with that answer, and where the other end speaks first, as in FTP, it would wait for
/// the lost words for ever. Who speaks first itself, as in TLS, waits for nothing.
pub(super) async fn until_it_speaks(asker: &TcpStream) -> std::io::Result<()> {
    let speaks = asker.readable();
    tokio::time::timeout(TIME_TO_READ_THE_ANSWER, speaks)
        .await
        .unwrap_or(Ok(()))
}

/// Until both are through, or nothing goes any more.
pub(super) async fn both_ways(
    one: TcpStream,
    other: TcpStream,
    most_idle: Duration,
) -> std::io::Result<()> {
    let (from_one, to_one) = one.into_split();
    let (from_other, to_other) = other.into_split();
    let (begun, seen) = (Instant::now(), AtomicU64::new(0));
    let idle = async {
        while begun.elapsed().as_secs() < seen.load(Ordering::Relaxed) + most_idle.as_secs() {
            tokio::time::sleep(most_idle / 10).await;
        }
    };
    let passes = async {
        tokio::try_join!(
            pass(from_one, to_other, (begun, &seen)),
            pass(from_other, to_one, (begun, &seen)),
        )
    };
    tokio::select! {
        passed = passes => passed.map(drop),
        () = idle => Ok(()),
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    (begun, seen): (Instant, &AtomicU64),
) -> std::io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
        seen.store(begun.elapsed().as_secs(), Ordering::Relaxed);
    }
}
