//! Which addresses people may write: this server asks those alone that are named here, and for each
//! there is a test that it asks nobody inside. What administrators write is their own network.

use serde_json::Value;
use std::collections::BTreeSet;

/// Words by which a field may be an address. Those of files are called `uri`.
const WORDS: [&str; 11] = [
    "url", "server", "endpoint", "host", "redirect", "callback", "address", "src", "proxy",
    "issuer", "domain",
];
/// Fields of operations that need no administrator, and what becomes of them.
const KNOWN: [&str; 10] = [
    // Places in drives.
    "post /workflow/archive src",
    "post /workflow/extract src",
    "post /workflow/import src",
    "post /workflow/relocate src",
    // Fetched: `workflow/download/web.rs`.
    "post /workflow/download src",
    "post /workflow/download src_file",
    // Held against what the app is registered with, and asked by browsers alone: `oauth/attacks.rs`.
    "post /session/oauth/consent redirect_uri",
    "post /session/oauth/token redirect_uri",
    // Not addresses but wishes for one of this site.
    "post /file/url redirect",
    "post /file/url use_primary_site_url",
];
/// The same, where the word is that of a switch.
const SWITCHES: [&str; 2] = ["put /devices/dav proxy", "patch /devices/dav/{id} proxy"];

/// Names of all fields of a schema.
fn fields(api: &Value, schema: &Value, seen: &mut BTreeSet<String>, names: &mut BTreeSet<String>) {
    if let Some(to) = schema["$ref"].as_str() {
        if seen.insert(to.to_owned()) {
            let to = to.trim_start_matches('#');
            fields(api, api.pointer(to).unwrap(), seen, names);
        }
        return;
    }
    for list in ["allOf", "anyOf", "oneOf"] {
        for one in schema[list].as_array().into_iter().flatten() {
            fields(api, one, seen, names);
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        names.insert(name.clone());
        fields(api, property, seen, names);
    }
    if schema["items"].is_object() {
        fields(api, &schema["items"], seen, names);
    }
}

#[test]
fn every_address_that_somebody_may_write_is_known() {
    let api: Value = serde_json::from_str(&server::app::openapi_json()).unwrap();
    let mut found = BTreeSet::new();
    for (path, methods) in api["paths"].as_object().unwrap() {
        let path = path.trim_start_matches("/api/v4");
        if path.starts_with("/admin/") {
            continue;
        }
        for (method, operation) in methods.as_object().unwrap() {
            let mut names = BTreeSet::new();
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                names.insert(parameter["name"].as_str().unwrap().to_owned());
            }
            let bodies = operation["requestBody"]["content"].as_object();
            for body in bodies.into_iter().flat_map(|bodies| bodies.values()) {
                fields(&api, &body["schema"], &mut BTreeSet::new(), &mut names);
            }
            names.retain(|name| WORDS.iter().any(|word| name.contains(word)));
            found.extend(names.iter().map(|name| format!("{method} {path} {name}")));
        }
    }
    let known = KNOWN.iter().chain(&SWITCHES).map(|one| (*one).to_owned());
    assert_eq!(found, known.collect());
}
