//! Asking an office server which files it opens (WOPI discovery).

use super::Tools;
use crate::error::AdminError;
use http::Request;
use site::actor::Actor;
use site::outgoing::{Outgoing, OutgoingError};
use site::task::causes;
use std::collections::BTreeMap;
use url::Url;
use xml::attribute::OwnedAttribute;
use xml::reader::{EventReader, XmlEvent};

/// Addresses at which files with an ending are opened, with places to be filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WopiActions {
    pub view: Option<String>,
    pub edit: Option<String>,
}

/// A program of an office server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WopiApp {
    pub name: String,
    pub icon: String,
    /// By ending, without the dot.
    pub actions: BTreeMap<String, WopiActions>,
}

/// Programs and endings that one answer may name.
const MOST: usize = 2_000;

impl Tools {
    /// The programs of the office server whose discovery is at this address.
    /// # Errors
    /// `BadValue` if it is no address, or the answer is no discovery; `Failed` if there is no answer.
    /// Apps reach public addresses only.
    pub async fn discover_wopi(
        &self,
        actor: &Actor,
        endpoint: &str,
    ) -> Result<Vec<WopiApp>, AdminError> {
        crate::administrator(actor)?;
        let url = Url::parse(endpoint.trim());
        let url = url.map_err(|error| AdminError::bad(format!("{endpoint}: {error}")))?;
        // Office servers are neighbours more often than not, and who administers the site names them.
        let host = url.host_str().filter(|_| actor.scopes().is_none());
        let failed = |error: OutgoingError| AdminError::Failed(causes(&error));
        let outgoing = Outgoing::trusting(host.map(str::to_owned)).map_err(failed)?;
        let question = Request::get(url.as_str()).body(Vec::new());
        let question = question.map_err(|error| AdminError::bad(error.to_string()))?;
        let answer = outgoing.send(question).await.map_err(failed)?;
        if answer.status() != http::StatusCode::OK {
            return Err(failed(OutgoingError::Status(answer.status().as_u16())));
        }
        apps(answer.body()).map_err(AdminError::bad)
    }
}

/// The programs that a discovery names, each with something that it opens.
fn apps(text: &[u8]) -> Result<Vec<WopiApp>, String> {
    let (mut found, mut is_in_zone, mut is_discovery) = (Vec::<WopiApp>::new(), false, false);
    let mut named = 0;
    for event in EventReader::new(text) {
        match event.map_err(|error| error.to_string())? {
            XmlEvent::StartElement {
                name, attributes, ..
            } => match name.local_name.as_str() {
                "wopi-discovery" => is_discovery = true,
                "net-zone" => is_in_zone = true,
                "app" if is_in_zone => found.push(WopiApp {
                    name: attribute(&attributes, "name").to_owned(),
                    icon: attribute(&attributes, "favIconUrl").to_owned(),
                    actions: BTreeMap::new(),
                }),
                "action" if is_in_zone => {
                    if let Some(app) = found.last_mut() {
                        act(app, &attributes);
                        named += 1;
                    }
                }
                _ => {}
            },
            XmlEvent::EndElement { name } if name.local_name == "net-zone" => is_in_zone = false,
            _ => {}
        }
        if found.len() + named > MOST {
            return Err("it names too many programs".to_owned());
        }
    }
    if !is_discovery {
        return Err("it is no WOPI discovery".to_owned());
    }
    found.retain(|app| !app.actions.is_empty());
    Ok(found)
}

fn attribute<'a>(attributes: &'a [OwnedAttribute], name: &str) -> &'a str {
    let found = attributes.iter().find(|one| one.name.local_name == name);
    found.map_or("", |one| one.value.as_str())
}

fn act(app: &mut WopiApp, attributes: &[OwnedAttribute]) {
    let (ending, url) = (
        attribute(attributes, "ext"),
        attribute(attributes, "urlsrc"),
    );
    let is_edit = match attribute(attributes, "name") {
        "edit" => true,
        "view" | "embedview" => false,
        _ => return,
    };
    if ending.is_empty() || url.is_empty() {
        return;
    }
    let actions = app.actions.entry(ending.to_owned()).or_default();
    let place = if is_edit {
        &mut actions.edit
    } else {
        &mut actions.view
    };
    *place = Some(url.to_owned());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const DISCOVERY: &str = r#"<?xml version="1.0" encoding="utf-8"?>
        <wopi-discovery>
          <net-zone name="external-https">
            <app name="Word" favIconUrl="https://o.example/w.ico">
              <action name="view" ext="docx" urlsrc="https://o.example/v?&lt;ui=UI_LLCC&amp;&gt;"/>
              <action name="embedview" ext="docx" urlsrc="https://o.example/e?"/>
              <action name="edit" ext="docx" urlsrc="https://o.example/edit?"/>
              <action name="convert" ext="doc" urlsrc="https://o.example/c?"/>
              <action name="getinfo" urlsrc="https://o.example/i"/>
            </app>
            <app name="Capabilities"><action name="getinfo" urlsrc="https://o.example/i"/></app>
          </net-zone>
          <proof-key value="x"/>
        </wopi-discovery>"#;

    #[test]
    fn programs_are_those_that_open_something() {
        let found = apps(DISCOVERY.as_bytes()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].name.as_str(), found[0].actions.len()),
            ("Word", 1)
        );
        let docx = &found[0].actions["docx"];
        assert_eq!(
            docx.view.as_deref(),
            Some("https://o.example/e?"),
            "the later one"
        );
        assert_eq!(docx.edit.as_deref(), Some("https://o.example/edit?"));
    }

    #[test]
    fn what_is_no_discovery_is_refused() {
        let bomb = format!("<wopi-discovery><net-zone>{}", "<app/>".repeat(3_000));
        for text in [
            "",
            "no",
            "<html></html>",
            "<wopi-discovery><net-zone>",
            &bomb,
        ] {
            assert!(apps(text.as_bytes()).is_err(), "{text:.40}");
        }
        assert_eq!(apps(b"<wopi-discovery/>").unwrap(), []);
    }
}
