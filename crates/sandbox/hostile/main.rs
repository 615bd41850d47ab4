//! A hostile program for the tests of the sandbox, which is also their worker.
//!
//! `hostile <attempt> [argument…]` makes one attempt and prints `did: …` or `refused: …`.
//! `hostile host …` is a server that runs it in a sandbox, to be killed.

mod files;
mod host;
mod network;
mod processes;
mod resources;

use std::io;
use std::process::ExitCode;

/// What came of an attempt.
type Attempt = io::Result<String>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [sandbox::COMMAND, order] => return sandbox::work(order),
        ["host", program, scratch] => host::serve(program, scratch),
        ["all", attempts @ ..] => {
            for attempt in attempts {
                let words: Vec<_> = attempt.split(' ').collect();
                println!("{attempt}: {}", told(make(&words)));
            }
        }
        attempt => println!("{}", told(make(attempt))),
    }
    ExitCode::SUCCESS
}

fn told(attempt: Attempt) -> String {
    match attempt {
        Ok(did) => format!("did: {did}"),
        Err(error) => format!("refused: {error}"),
    }
}

fn make(words: &[&str]) -> Attempt {
    let unknown = || Err(io::Error::other(format!("no such attempt: {words:?}")));
    let made = network::attempt(words)
        .or_else(|| files::attempt(words))
        .or_else(|| processes::attempt(words))
        .or_else(|| resources::attempt(words));
    made.unwrap_or_else(unknown)
}

/// Any system call, with numbers for arguments: a hostile program does not stop at what libraries
/// offer.
fn call(number: libc::c_long, args: [i64; 6]) -> io::Result<i64> {
    let [one, two, three, four, five, six] = args;
    // SAFETY: none of the calls made with it is given an address of this process's memory.
    #[expect(
        unsafe_code,
        reason = "a hostile program does not stop at what is safe"
    )]
    let answer = unsafe { libc::syscall(number, one, two, three, four, five, six) };
    if answer >= 0 {
        return Ok(answer);
    }
    Err(io::Error::last_os_error())
}
