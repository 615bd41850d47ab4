//! What a PROPFIND asks for.

use crate::dav::xml;
use poem::http::StatusCode;
use xmltree::Element;

/// Properties asked for in one request.
use site::limits::PROPS_ASKED as MOST;

/// A property by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prop {
    Live(Live),
    /// One that only clients understand, or nobody.
    Other {
        namespace: String,
        name: String,
    },
}

macro_rules! live {
    ($($prop:ident = $namespace:ident $name:literal,)*) => {
        /// Properties that the server knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Live { $($prop,)* }

        impl Live {
            pub const ALL: &'static [Self] = &[$(Self::$prop,)*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$prop => $name,)* }
            }

            pub const fn namespace(self) -> &'static str {
                match self { $(Self::$prop => $namespace,)* }
            }
        }
    };
}

pub const DAV: &str = "DAV:";
pub const MICROSOFT: &str = "urn:schemas-microsoft-com:";

live! {
    ResourceType = DAV "resourcetype",
    DisplayName = DAV "displayname",
    ContentLength = DAV "getcontentlength",
    LastModified = DAV "getlastmodified",
    CreationDate = DAV "creationdate",
    ContentType = DAV "getcontenttype",
    ETag = DAV "getetag",
    SupportedLock = DAV "supportedlock",
    LockDiscovery = DAV "lockdiscovery",
    QuotaUsed = DAV "quota-used-bytes",
    QuotaAvailable = DAV "quota-available-bytes",
    Win32CreationTime = MICROSOFT "Win32CreationTime",
    Win32LastModifiedTime = MICROSOFT "Win32LastModifiedTime",
    Win32LastAccessTime = MICROSOFT "Win32LastAccessTime",
    Win32FileAttributes = MICROSOFT "Win32FileAttributes",
}

impl Live {
    /// The one of this name.
    pub fn named(namespace: &str, name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|live| live.name() == name && live.namespace() == namespace)
    }

    /// Those of WebDAV's own namespace.
    fn common() -> impl Iterator<Item = Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|prop| prop.namespace() == DAV)
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub props: Vec<Prop>,
    /// Every dead property as well.
    pub all_dead: bool,
    /// Names without values; nothing is missing then.
    pub names_only: bool,
    /// Say which of `props` are missing.
    pub tell_missing: bool,
}

impl Question {
    /// From a body: empty asks for everything.
    /// # Errors
    /// 400 for a body of another form
    pub fn read(body: &[u8], from_windows: bool) -> Result<Self, StatusCode> {
        if body.is_empty() {
            return Ok(Self::everything(from_windows, Vec::new()));
        }
        let tree = xml::parse(body)?;
        if !xml::is_dav(&tree, "propfind") {
            return Err(StatusCode::BAD_REQUEST);
        }
        let mut asked = None;
        let mut include = Vec::new();
        for child in xml::children(&tree).filter(|child| child.namespace.as_deref() == Some(DAV)) {
            match child.name.as_str() {
                "prop" | "allprop" | "propname" if asked.is_some() => {
                    return Err(StatusCode::BAD_REQUEST);
                }
                "prop" | "allprop" | "propname" => asked = Some(child),
                "include" => include = props(child)?,
                _ => {}
            }
        }
        let asked = asked.ok_or(StatusCode::BAD_REQUEST)?;
        match asked.name.as_str() {
            "prop" => {
                let props = props(asked)?;
                if props.is_empty() {
                    return Err(StatusCode::BAD_REQUEST);
                }
                Ok(Self {
                    props,
                    all_dead: false,
                    names_only: false,
                    tell_missing: true,
                })
            }
            "allprop" => Ok(Self::everything(from_windows, include)),
            _ => Ok(Self {
                names_only: true,
                ..Self::everything(true, Vec::new())
            }),
        }
    }

    fn everything(from_windows: bool, include: Vec<Prop>) -> Self {
        let mut props: Vec<Prop> = if from_windows {
            Live::ALL.iter().copied().map(Prop::Live).collect()
        } else {
            Live::common().map(Prop::Live).collect()
        };
        for prop in include {
            if matches!(prop, Prop::Live(_)) && !props.contains(&prop) {
                props.push(prop);
            }
        }
        Self {
            props,
            all_dead: true,
            names_only: false,
            tell_missing: false,
        }
    }

    /// Whether this is asked for.
    pub fn wants(&self, live: Live) -> bool {
        self.props.contains(&Prop::Live(live))
    }

    /// Whether dead properties have to be looked up.
    pub fn wants_dead(&self) -> bool {
        self.all_dead
            || self
                .props
                .iter()
                .any(|prop| matches!(prop, Prop::Other { .. }))
    }
}

fn props(element: &Element) -> Result<Vec<Prop>, StatusCode> {
    let mut found: Vec<Prop> = Vec::new();
    for child in xml::children(element) {
        let prop = prop(child);
        if !found.contains(&prop) {
            found.push(prop);
        }
        if found.len() > MOST {
            return Err(StatusCode::BAD_REQUEST);
        }
    }
    Ok(found)
}

fn prop(element: &Element) -> Prop {
    let namespace = element.namespace.clone().unwrap_or_default();
    match Live::named(&namespace, &element.name) {
        Some(live) => Prop::Live(live),
        None => Prop::Other {
            namespace,
            name: element.name.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(inner: &str) -> Result<Question, StatusCode> {
        let body = format!("<D:propfind xmlns:D='DAV:'>{inner}</D:propfind>");
        Question::read(body.as_bytes(), false)
    }

    #[test]
    fn each_form_is_understood() {
        let some = read("<D:prop><D:getetag/><x xmlns='urn:y'/><D:getetag/></D:prop>").unwrap();
        let other = Prop::Other {
            namespace: "urn:y".to_owned(),
            name: "x".to_owned(),
        };
        assert_eq!(some.props, [Prop::Live(Live::ETag), other]);
        assert!(some.tell_missing && some.wants_dead() && !some.all_dead);
        let all = read("<D:allprop/>").unwrap();
        assert_eq!(all, Question::read(b"", false).unwrap());
        assert!(all.wants(Live::LockDiscovery) && !all.wants(Live::Win32FileAttributes));
        assert!(read("<D:propname/>").unwrap().names_only);
        assert!(read("<other xmlns='urn:y'/><D:allprop/>").is_ok());
        let include = "<D:allprop/><D:include><Z:Win32CreationTime xmlns:Z='urn:schemas-microsoft-com:'/></D:include>";
        assert!(read(include).unwrap().wants(Live::Win32CreationTime));
    }

    #[test]
    fn other_forms_are_refused() {
        for inner in ["", "<D:prop/>", "<D:allprop/><D:propname/>", "<prop/>"] {
            assert_eq!(read(inner), Err(StatusCode::BAD_REQUEST), "{inner}");
        }
        assert!(Question::read(b"<propfind/>", false).is_err());
        assert!(Question::read(b"<D:other xmlns:D='DAV:'/>", false).is_err());
    }
}
