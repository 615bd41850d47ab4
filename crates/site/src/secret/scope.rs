//! OAuth scopes: what a token issued to an app may do.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Declares the scopes with the names the V4 API gives them.
macro_rules! scopes {
    ($($(#[$doc:meta])* $scope:ident = $name:literal,)*) => {
        /// One right an app can be granted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Scope { $($(#[$doc])* $scope,)* }

        impl Scope {
            pub const ALL: &'static [Self] = &[$(Self::$scope,)*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$scope => $name,)* }
            }
        }
    };
}

scopes! {
    OpenId = "openid",
    Profile = "profile",
    Email = "email",
    /// A refresh token may be issued and used.
    OfflineAccess = "offline_access",
    UserInfoRead = "UserInfo.Read",
    UserInfoWrite = "UserInfo.Write",
    UserSecurityInfoRead = "UserSecurityInfo.Read",
    UserSecurityInfoWrite = "UserSecurityInfo.Write",
    WorkflowRead = "Workflow.Read",
    WorkflowWrite = "Workflow.Write",
    AdminRead = "Admin.Read",
    AdminWrite = "Admin.Write",
    FilesRead = "Files.Read",
    FilesWrite = "Files.Write",
    SharesRead = "Shares.Read",
    SharesWrite = "Shares.Write",
    FinanceRead = "Finance.Read",
    FinanceWrite = "Finance.Write",
    DavAccountRead = "DavAccount.Read",
    DavAccountWrite = "DavAccount.Write",
}

/// There is no scope of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope `{0}`")]
pub struct UnknownScope(pub String);

impl Scope {
    /// The scope that includes this one: `X.Write` for `X.Read`.
    const fn implied_by(self) -> Option<Self> {
        match self {
            Self::UserInfoRead => Some(Self::UserInfoWrite),
            Self::UserSecurityInfoRead => Some(Self::UserSecurityInfoWrite),
            Self::WorkflowRead => Some(Self::WorkflowWrite),
            Self::AdminRead => Some(Self::AdminWrite),
            Self::FilesRead => Some(Self::FilesWrite),
            Self::SharesRead => Some(Self::SharesWrite),
            Self::FinanceRead => Some(Self::FinanceWrite),
            Self::DavAccountRead => Some(Self::DavAccountWrite),
            _ => None,
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(name: &str) -> Result<Self, UnknownScope> {
        let found = Self::ALL.iter().find(|scope| scope.as_str() == name);
        found
            .copied()
            .ok_or_else(|| UnknownScope(name.chars().take(64).collect()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Scopes granted together. Written as names separated by spaces, in JSON as a
/// list of names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(u32);

impl ScopeSet {
    pub const EMPTY: Self = Self(0);

    /// The known ones among stored names.
    pub fn known(names: &[String]) -> Self {
        names
            .iter()
            .filter_map(|name| name.parse::<Scope>().ok())
            .collect()
    }

    /// What both hold, implied scopes included.
    pub fn within(self, granted: Self) -> Self {
        self.iter().filter(|scope| granted.allows(*scope)).collect()
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// Whether the set holds the scope or one that implies it.
    pub fn allows(self, scope: Scope) -> bool {
        let holds = |scope: Scope| self.0 & scope.bit() != 0;
        holds(scope) || scope.implied_by().is_some_and(holds)
    }

    /// Whether `granted` allows everything in this set.
    pub fn is_within(self, granted: Self) -> bool {
        self.iter().all(|scope| granted.allows(scope))
    }

    /// The scopes themselves, without implied ones, in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .iter()
            .copied()
            .filter(move |scope| self.0 & scope.bit() != 0)
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl FromStr for ScopeSet {
    type Err = UnknownScope;

    fn from_str(names: &str) -> Result<Self, UnknownScope> {
        names.split_whitespace().map(Scope::from_str).collect()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, scope) in self.iter().enumerate() {
            if n > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Scope::as_str))
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    /// Names this version does not know are left out: a token or grant that
    /// outlives a scope keeps its other rights.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Ok(names
            .iter()
            .filter_map(|name| name.parse::<Scope>().ok())
            .collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sets_are_read_and_written() {
        let set: ScopeSet = "Files.Write openid  profile openid".parse().unwrap();
        assert_eq!(set.to_string(), "openid profile Files.Write");
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(json, r#"["openid","profile","Files.Write"]"#);
        assert_eq!(serde_json::from_str::<ScopeSet>(&json).unwrap(), set);
        assert!("".parse::<ScopeSet>().unwrap().is_empty());
    }

    #[test]
    fn every_scope_is_found_by_its_name() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse::<Scope>(), Ok(*scope));
        }
        let all: ScopeSet = Scope::ALL.iter().copied().collect();
        assert_eq!(all.iter().count(), 20);
    }

    #[test]
    fn unknown_names_are_refused_in_requests_and_skipped_in_tokens() {
        let result = "openid files.read".parse::<ScopeSet>();
        assert_eq!(result, Err(UnknownScope("files.read".into())));
        let kept: ScopeSet = serde_json::from_str(r#"["openid","Future.Read"]"#).unwrap();
        assert_eq!(kept.to_string(), "openid");
    }

    #[test]
    fn write_implies_read_and_not_the_other_way() {
        let pairs = Scope::ALL
            .iter()
            .filter(|scope| scope.as_str().ends_with(".Read"));
        for &read in pairs {
            let write = read
                .as_str()
                .replace(".Read", ".Write")
                .parse::<Scope>()
                .unwrap();
            let (reads, writes) = (ScopeSet::EMPTY.with(read), ScopeSet::EMPTY.with(write));
            assert!(writes.allows(read) && reads.is_within(writes), "{read}");
            assert!(!reads.allows(write) && !writes.is_within(reads), "{write}");
        }
        assert!(
            !ScopeSet::EMPTY
                .with(Scope::FilesWrite)
                .allows(Scope::SharesRead)
        );
    }
}
