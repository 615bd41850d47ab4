//! Who is acting.

use crate::secret::{Scope, ScopeSet};
use entity::{GroupId, Timestamp, UserId, file, group, user};
use std::net::IpAddr;
use std::sync::Arc;
use store::journal::{Entry, Op};
use uuid::Uuid;
use wire::{BitSet, GroupPermission};

/// The group of administrators; the first account joins it (V4 API, seeded groups).
pub const ADMIN_GROUP: GroupId = GroupId(1);
/// The group of visitors without an account.
pub const ANONYMOUS_GROUP: GroupId = GroupId(3);

/// Whether members of a group administer the site, by the group's permissions.
pub fn let_administer(permissions: &[u8]) -> bool {
    let bits = BitSet::from_bytes(permissions);
    bits.is_ok_and(|bits| bits.has(GroupPermission::Admin))
}

/// Longest name of a program that is remembered, characters.
pub const MAX_AGENT_CHARS: usize = 500;

/// Where a request comes from, for the limiter and the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    pub ip: Option<IpAddr>,
    pub user_agent: String,
}

impl Origin {
    /// For the journal: JSON text.
    pub fn to_json(&self) -> String {
        self.with(&[])
    }

    /// The same with more details.
    pub fn with(&self, details: &[(&str, &str)]) -> String {
        let ip = self.ip.map(|ip| ip.to_string()).unwrap_or_default();
        let agent: String = self.user_agent.chars().take(MAX_AGENT_CHARS).collect();
        let mut json = serde_json::json!({ "ip": ip, "user_agent": agent });
        for (name, value) in details {
            json[*name] = (*value).into();
        }
        json.to_string()
    }
}

/// An account with its group, as of one moment.
#[derive(Clone, Debug)]
pub struct Account {
    pub user: user::Model,
    pub group: group::Model,
    /// Decoded `group.permissions`.
    pub permissions: BitSet,
}

impl Account {
    pub fn new(user: user::Model, group: group::Model) -> Self {
        let permissions = BitSet::from_bytes(&group.permissions).unwrap_or(BitSet::EMPTY);
        Self {
            user,
            group,
            permissions,
        }
    }

    /// Whether the group has this permission.
    pub fn may(&self, permission: GroupPermission) -> bool {
        self.permissions.has(permission)
    }
}

/// What an access token says of itself: for what goes on after it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenClaims {
    pub expires: Timestamp,
    /// The app it was issued to.
    pub app: Option<Arc<str>>,
}

/// Who asks: named in every call of a service.
#[derive(Clone, Debug)]
pub struct Actor {
    who: Who,
    /// Set for OAuth tokens, which may do only what was granted.
    scopes: Option<Arc<ScopeSet>>,
    /// The sync client behind the request: its own changes are not echoed to it.
    pub client_id: Option<Uuid>,
    /// The session behind the request, where its token names one.
    pub session_id: Option<Uuid>,
    /// What the request came with, if it was a token.
    pub token: Option<TokenClaims>,
    /// Where the request comes from: guesses of secrets are counted by it.
    pub address: Option<IpAddr>,
    /// The program that asks, as it calls itself.
    pub agent: Arc<str>,
}

#[derive(Clone, Debug)]
enum Who {
    /// A visitor without an account, with the rights of the anonymous group.
    Nobody(Arc<group::Model>),
    Account {
        account: Arc<Account>,
        tree_version: i64,
    },
}

impl Actor {
    /// A visitor without an account.
    pub fn nobody(group: Arc<group::Model>) -> Self {
        Self::of(Who::Nobody(group))
    }

    /// A signed-in account. `tree_version` is its drive's stamp as just read.
    pub fn account(account: Arc<Account>, tree_version: i64) -> Self {
        Self::of(Who::Account {
            account,
            tree_version,
        })
    }

    fn of(who: Who) -> Self {
        Self {
            who,
            scopes: None,
            client_id: None,
            session_id: None,
            token: None,
            address: None,
            agent: Arc::default(),
        }
    }

    /// The same actor, limited to the scopes of its token.
    pub fn with_scopes(mut self, scopes: Option<Arc<ScopeSet>>) -> Self {
        self.scopes = scopes;
        self
    }

    /// The same actor, acting through this sync client.
    pub fn with_client(mut self, client_id: Option<Uuid>) -> Self {
        self.client_id = client_id;
        self
    }

    /// The same actor, through this session.
    pub fn with_session(mut self, session_id: Option<Uuid>) -> Self {
        self.session_id = session_id;
        self
    }

    /// The same actor, by this token.
    pub fn with_token(mut self, token: Option<TokenClaims>) -> Self {
        self.token = token;
        self
    }

    /// The same actor, at this address.
    pub fn at(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// The same actor, at this address, with this program.
    pub fn coming_from(mut self, origin: &Origin) -> Self {
        self.agent = origin.user_agent.as_str().into();
        self.at(origin.ip)
    }

    /// Where the request comes from.
    pub fn origin(&self) -> Origin {
        Origin {
            ip: self.address,
            user_agent: self.agent.to_string(),
        }
    }

    /// The signed-in account, if there is one.
    pub fn signed_in(&self) -> Option<&Arc<Account>> {
        match &self.who {
            Who::Account { account, .. } => Some(account),
            Who::Nobody(_) => None,
        }
    }

    /// The account's id, if there is one.
    pub fn user_id(&self) -> Option<UserId> {
        self.signed_in().map(|account| account.user.id)
    }

    /// What the journal says of something that this actor did to a file.
    pub fn entry(&self, op: Op, file: &file::Model) -> Entry {
        Entry {
            actor: self.user_id(),
            client: self.client_id,
            ..Entry::by_system(op, file)
        }
    }

    /// The group whose rights and limits apply.
    pub fn group(&self) -> &group::Model {
        match &self.who {
            Who::Nobody(group) => group,
            Who::Account { account, .. } => &account.group,
        }
    }

    /// The group's id.
    pub fn group_id(&self) -> GroupId {
        self.group().id
    }

    /// Whether the group has this permission.
    pub fn may(&self, permission: GroupPermission) -> bool {
        match &self.who {
            Who::Nobody(group) => {
                BitSet::from_bytes(&group.permissions).is_ok_and(|set| set.has(permission))
            }
            Who::Account { account, .. } => account.may(permission),
        }
    }

    /// Whether the group administers the site.
    pub(crate) fn is_admin(&self) -> bool {
        self.signed_in()
            .is_some_and(|account| account.may(GroupPermission::Admin))
    }

    /// Whether what somebody may do as an administrator may be done by this actor: by an app only
    /// with the scope for it.
    pub(crate) fn administers(&self, scope: Scope) -> bool {
        let is_granted = self.scopes().is_none_or(|granted| granted.allows(scope));
        is_granted && self.is_admin()
    }

    /// Scopes of an OAuth token; `None`: an ordinary sign-in, not limited.
    pub fn scopes(&self) -> Option<&ScopeSet> {
        self.scopes.as_deref()
    }

    /// Changes whenever anything below the account's drive, or the account itself, changes.
    pub fn stamp(&self) -> Option<Stamp> {
        match &self.who {
            Who::Account {
                account,
                tree_version,
            } => Some(Stamp {
                user: account.user.id,
                tree_version: *tree_version,
                user_updated: account.user.updated_at,
                group_updated: account.group.updated_at,
            }),
            Who::Nobody(_) => None,
        }
    }
}

/// Equal stamps: nothing changed that the account could see in its own drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    user: UserId,
    tree_version: i64,
    user_updated: Timestamp,
    group_updated: Timestamp,
}
