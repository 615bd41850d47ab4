//! A thread with a runtime of its own in which the server lives.
//!
//! The server could run in the test's runtime, but then a test that ends (or panics) takes the
//! server's tasks away in the middle. On its own thread it is stopped in order, even from `drop`.

use std::{
    net::SocketAddr,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use server::{app, config::Config};
use tokio::sync::oneshot;

/// How long the tasks of a stopped server may take to be gone.
const TASKS_GONE: Duration = Duration::from_secs(5);

pub(crate) struct Host {
    pub(crate) addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<usize>>,
}

impl Host {
    pub(crate) async fn start(config: Config) -> Self {
        let (started, addr) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || live(config, started, stopped));
        let addr = match addr.await.expect("the server's thread says how it went") {
            Ok(addr) => addr,
            Err(why) => panic!("the server did not start: {why}"),
        };
        Self {
            addr,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Stops the server and waits for it. Answers how many of its tasks are still alive.
    pub(crate) fn stop(&mut self) -> usize {
        let _ = self.stop.take().map(|stop| stop.send(()));
        match self.thread.take() {
            Some(thread) => thread.join().unwrap_or(usize::MAX),
            None => 0,
        }
    }
}

type Started = oneshot::Sender<Result<SocketAddr, String>>;

fn live(config: Config, started: Started, stopped: oneshot::Receiver<()>) -> usize {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(async {
        match app::start(config).await {
            Ok(running) => {
                let _ = started.send(Ok(running.addr));
                let _ = stopped.await;
                running.stop().await;
            }
            Err(error) => {
                let _ = started.send(Err(error.to_string()));
            }
        }
    });
    let alive = tasks_left(&runtime);
    runtime.shutdown_timeout(TASKS_GONE);
    alive
}

/// The count after everything had a fair chance to end.
fn tasks_left(runtime: &tokio::runtime::Runtime) -> usize {
    let patience = Instant::now() + TASKS_GONE;
    loop {
        let alive = runtime.metrics().num_alive_tasks();
        if alive == 0 || Instant::now() > patience {
            return alive;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
