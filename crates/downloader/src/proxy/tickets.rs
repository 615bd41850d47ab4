//! Who may use the proxy, and under which rules.

use super::head::Head;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use site::outgoing::{AddressRules, OutgoingError};
use site::settings::random_alphanumeric;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Users are called so, and jobs after it.
pub const USER: &str = "alcove";
/// Jobs whose refusals are remembered.
const REMEMBERED: usize = 1_000;

/// What a password stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    rules: AddressRules,
    /// Hosts and ports of this site, which may be asked wherever they are.
    own: Vec<(String, u16)>,
}

impl Ticket {
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, OutgoingError> {
        if self.own.iter().any(|(own, at)| own == host && *at == port) {
            let own = AddressRules::new([host.to_owned()], []);
            return own.resolve(host, port).await;
        }
        self.rules.resolve(host, port).await
    }
}

/// All passwords, and what became of those who used them.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    by_password: Mutex<HashMap<String, Arc<Ticket>>>,
    /// Why something was not asked for, by user: each job is one.
    refused: Mutex<HashMap<String, String>>,
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tickets {
    /// The password for these rules.
    pub fn password(&self, rules: &AddressRules, own: Vec<(String, u16)>) -> String {
        let rules = rules.clone();
        let ticket = Ticket { rules, own };
        let mut tickets = lock(&self.by_password);
        let known = tickets.iter().find(|(_, known)| ***known == ticket);
        let password = known.map(|(password, _)| password.clone());
        password.unwrap_or_else(|| {
            let password = random_alphanumeric(32, &mut rand::rng());
            tickets.insert(password.clone(), Arc::new(ticket));
            password
        })
    }

    /// Ends what was allowed under other rules.
    pub fn retain(&self, rules: &AddressRules) {
        lock(&self.by_password).retain(|_, known| known.rules == *rules);
    }

    /// Who asks, and under what.
    pub fn of(&self, head: &Head) -> Option<(String, Arc<Ticket>)> {
        let said = head.header("proxy-authorization")?;
        let (scheme, said) = said.split_once(' ')?;
        let said = STANDARD.decode(said.trim()).ok()?;
        let said = String::from_utf8(said).ok()?;
        let (user, password) = said.split_once(':')?;
        let is_ours = scheme.eq_ignore_ascii_case("basic") && user.starts_with(USER);
        let ticket = lock(&self.by_password).get(password).cloned();
        ticket
            .filter(|_| is_ours)
            .map(|ticket| (user.to_owned(), ticket))
    }

    pub fn remember(&self, user: String, why: &str) {
        let mut refused = lock(&self.refused);
        if refused.len() >= REMEMBERED {
            refused.clear();
        }
        refused.insert(user, why.to_owned());
    }

    /// Why somebody was last refused something.
    pub fn refusal(&self, user: &str) -> Option<String> {
        lock(&self.refused).get(user).cloned()
    }
}
