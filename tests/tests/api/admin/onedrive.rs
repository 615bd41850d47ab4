//! `/admin/policy/oauth`: letting the site into a drive at Microsoft.

use crate::code;
use crate::replicas::until;
use poem::http::StatusCode;
use poem::listener::TcpAcceptor;
use poem::web::{Data, Form, Json};
use poem::{EndpointExt as _, IntoResponse as _, Request, Response, Route, get, handler, post};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tests::{App, Client, Reply, TestServer};
use tokio::net::TcpListener;
use url::Url;

/// What Microsoft does of all this: it takes one code, and of the tokens that get others always
/// the last one it gave.
#[derive(Clone, Default)]
struct Microsoft {
    address: String,
    forms: Arc<Mutex<Vec<BTreeMap<String, String>>>>,
    last: Arc<Mutex<usize>>,
}

impl Microsoft {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let this = Self {
            address,
            ..Self::default()
        };
        let app = Route::new()
            .at("/common/oauth2/v2.0/token", post(tokens))
            .at("/v1.0/sites/*path", get(site))
            .data(this.clone());
        let server = poem::Server::new_with_acceptor(TcpAcceptor::from_tokio(listener).unwrap());
        tokio::spawn(server.run(app));
        this
    }

    /// A server that signs in there, and its policy.
    async fn server(&self) -> (TestServer, i64) {
        let address = Url::parse(&self.address).unwrap();
        let server = TestServer::start_as(move |config| {
            config.microsoft_login = Some(address.clone());
        });
        let server = server.await;
        let made = server
            .admin()
            .put_json("/admin/policy", json!({ "policy": self.policy() }));
        let id = made.await.ok()["id"].as_i64().unwrap();
        (server, id)
    }

    fn policy(&self) -> Value {
        json!({
            "id": 0, "name": "OneDrive", "type": "onedrive", "server": self.graph(),
            "dir_name_rule": "uploads", "file_name_rule": "{uuid}", "edges": {},
            "settings": { "od_driver": "me/drive", "file_type": null },
        })
    }

    fn graph(&self) -> String {
        format!("{}/v1.0", self.address)
    }

    fn form(&self, number: usize, field: &str) -> String {
        let forms = self.forms.lock().unwrap();
        forms[number].get(field).cloned().unwrap_or_default()
    }

    fn asked(&self) -> usize {
        self.forms.lock().unwrap().len()
    }
}

#[handler]
fn tokens(Data(this): Data<&Microsoft>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let mut last = this.last.lock().unwrap();
    let said = |field: &str| form.get(field).map_or("", String::as_str);
    let is_good = match said("grant_type") {
        "authorization_code" => said("code") == "good",
        "refresh_token" => said("refresh_token") == format!("refresh-{last}"),
        _ => false,
    };
    let is_good = is_good && said("client_id") == "app" && said("client_secret") == "S3CRET";
    this.forms.lock().unwrap().push(form);
    if !is_good {
        let why = json!({ "error": "invalid_grant", "error_description": "AADSTS70000: no" });
        return Json(why)
            .with_status(StatusCode::BAD_REQUEST)
            .into_response();
    }
    *last += 1;
    let refresh = format!("refresh-{last}");
    let access = format!("access-{last}");
    let tokens = json!({ "token_type": "Bearer", "scope": "files.readwrite.all",
        "access_token": access, "refresh_token": refresh, "expires_in": 3600 });
    Json(tokens).into_response()
}

#[handler]
fn site(Data(this): Data<&Microsoft>, request: &Request) -> Response {
    let last = *this.last.lock().unwrap();
    let is_known = request.uri().path() == "/v1.0/sites/contoso.example:/sites/team%20one";
    if is_known && request.header("Authorization") == Some(&*format!("Bearer access-{last}")) {
        return Json(json!({ "id": "contoso.example,1,2" })).into_response();
    }
    StatusCode::NOT_FOUND.into()
}

async fn begin(who: &Client, id: i64, secret: &str) -> Reply {
    let body = json!({ "id": id, "secret": secret, "app_id": "app" });
    who.post("/admin/policy/oauth/signin", body).await
}

async fn finish(who: &Client, state: &str, code: &str) -> Reply {
    let body = json!({ "state": state, "code": code });
    who.post("/admin/policy/oauth/callback", body).await
}

async fn status(who: &Client, id: i64) -> Value {
    let route = format!("/admin/policy/oauth/status/{id}");
    who.get_json(&route, &[]).await.ok()
}

#[tokio::test]
async fn somebody_signs_in_at_microsoft_and_the_policy_is_let_in() {
    let microsoft = Microsoft::start().await;
    let (server, id) = microsoft.server().await;
    let admin = server.admin();
    let redirect = admin
        .get_json("/admin/policy/oauth/redirect", &[])
        .await
        .ok();
    assert_eq!(redirect, "https://localhost:5212/admin/policy/oauth");
    assert_eq!(
        status(admin, id).await,
        json!({ "valid": false, "last_refresh_time": null })
    );

    let page = begin(admin, id, "S3CRET").await.ok();
    let page = Url::parse(page.as_str().unwrap()).unwrap();
    assert!(page.as_str().starts_with(&format!(
        "{}/common/oauth2/v2.0/authorize?",
        microsoft.address
    )));
    let query: BTreeMap<String, String> = page.query_pairs().into_owned().collect();
    let said = [
        ("client_id", "app"),
        ("redirect_uri", redirect.as_str().unwrap()),
        ("response_type", "code"),
        ("scope", "offline_access files.readwrite.all"),
        ("state", &id.to_string()),
    ];
    for (field, value) in said {
        assert_eq!(query[field], value, "{field}");
    }

    finish(admin, &id.to_string(), "good").await.done();
    // The code was exchanged, and what came for it renewed.
    let forms = ["grant_type", "code", "redirect_uri"].map(|field| microsoft.form(0, field));
    assert_eq!(
        forms,
        ["authorization_code", "good", redirect.as_str().unwrap()]
    );
    assert_eq!(microsoft.form(1, "refresh_token"), "refresh-1");
    let known = status(admin, id).await;
    assert_eq!(known["valid"], true);
    let renewed: chrono::DateTime<chrono::Utc> =
        serde_json::from_value(known["last_refresh_time"].clone()).unwrap();
    assert!((chrono::Utc::now() - renewed).num_seconds().abs() < 60);
    assert_eq!(microsoft.asked(), 2, "a token that is good is not renewed");

    let route = format!("/admin/policy/{id}");
    let shown = admin.get_json(&route, &[]).await.ok();
    let fields = ["bucket_name", "access_key", "secret_key"].map(|field| shown[field].clone());
    assert_eq!(fields, ["app", "refresh-2", "S3CRET"].map(Value::from));
    assert_eq!(shown["settings"]["od_redirect"], redirect);
    let stored = server
        .ask(&format!(
            "SELECT access_key AS value FROM storage_policies WHERE id = {id}"
        ))
        .await;
    assert!(stored.starts_with("sealed:"), "{stored}");

    // What a page sends back that was opened before the token was renewed changes nothing of it.
    let mut old = shown.clone();
    (old["access_key"], old["name"]) = (json!("refresh-0"), json!("Cloud"));
    admin.put_json(&route, json!({ "policy": old })).await.ok();
    assert_eq!(status(admin, id).await["valid"], true);
    assert_eq!(microsoft.form(2, "refresh_token"), "refresh-2");
}

#[tokio::test]
async fn the_drive_of_a_site_is_found_by_its_address() {
    let microsoft = Microsoft::start().await;
    let (server, id) = microsoft.server().await;
    let admin = server.admin();
    let find = async |id: i64, page: &str| {
        let route = format!("/admin/policy/oauth/root/{id}");
        admin.get_json(&route, &[("url", page)]).await
    };
    let team = "https://contoso.example/sites/team one/";
    find(id, team).await.refused(code::INTERNAL_SETTING);
    begin(admin, id, "S3CRET").await.ok();
    finish(admin, &id.to_string(), "good").await.done();
    assert_eq!(find(id, team).await.ok(), "sites/contoso.example,1,2/drive");
    for page in ["https://contoso.example/sites/other", "nonsense", ""] {
        find(id, page).await.refused(code::INTERNAL_SETTING);
    }
    find(1, team).await.refused(code::PARAMETER);
    find(999, team).await.refused(code::POLICY_MISSING);
}

#[tokio::test]
async fn nobody_is_let_in_by_what_microsoft_does_not_take() {
    let microsoft = Microsoft::start().await;
    let (server, id) = microsoft.server().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    begin(&alice, id, "S3CRET")
        .await
        .refused(code::NO_PERMISSION);
    for (id, state) in [(1, "1"), (999, "999")] {
        begin(admin, id, "S3CRET")
            .await
            .refused(code::POLICY_MISSING);
        let wrong = if id == 1 {
            code::PARAMETER
        } else {
            code::POLICY_MISSING
        };
        finish(admin, state, "good").await.refused(wrong);
        let route = format!("/admin/policy/oauth/status/{id}");
        admin
            .get_json(&route, &[])
            .await
            .refused(code::POLICY_MISSING);
    }
    begin(admin, id, "").await.refused(code::PARAMETER);
    begin(admin, id, "S3CRET").await.ok();
    for (state, code) in [("x", "good"), ("", "good"), ("1.5", "good")] {
        finish(admin, state, code).await.refused(code::PARAMETER);
    }
    finish(admin, &id.to_string(), "")
        .await
        .refused(code::PARAMETER);
    assert_eq!(microsoft.asked(), 0);
    let refused = finish(admin, &id.to_string(), "bad").await;
    refused.refused(code::PARAMETER);
    let words = refused.text();
    assert!(
        words.contains("Failed to obtain token") && words.contains("AADSTS70000"),
        "{words}"
    );
    assert!(!words.contains("S3CRET"));
    assert_eq!(status(admin, id).await["valid"], false);
    // Another app of somebody else: what was kept is of no use to it.
    begin(admin, id, "S3CRET").await.ok();
    finish(admin, &id.to_string(), "good").await.done();
    begin(admin, id, "other").await.ok();
    finish(admin, &id.to_string(), "good")
        .await
        .refused(code::PARAMETER);
}

#[tokio::test]
async fn apps_do_not_send_the_token_elsewhere() {
    let (microsoft, other) = (Microsoft::start().await, Microsoft::start().await);
    let (server, id) = microsoft.server().await;
    let admin = server.admin();
    begin(admin, id, "S3CRET").await.ok();
    finish(admin, &id.to_string(), "good").await.done();
    let app = App::registered(&server, "https://app.example/cb", "openid Admin.Write");
    let app = app.let_in(admin, "openid Admin.Write").await;
    let route = format!("/admin/policy/{id}");
    let mut seen = app.get_json(&route, &[]).await.ok();
    assert!(!seen.to_string().contains("refresh-"), "{seen}");
    (seen["server"], seen["secret_key"]) = (json!(other.graph()), json!("its own"));
    let moved = app.put_json(&route, json!({ "policy": seen })).await;
    moved.refused(code::PARAMETER);
}

#[tokio::test]
async fn tokens_are_renewed_before_they_are_too_old() {
    let microsoft = Microsoft::start().await;
    let (mut server, id) = microsoft.server().await;
    let admin = server.admin();
    begin(admin, id, "S3CRET").await.ok();
    finish(admin, &id.to_string(), "good").await.done();
    let asked = microsoft.asked();
    server
        .set(&[("cron_oauth_cred_refresh", "@every 1s")])
        .await;
    until(async || (microsoft.asked() > asked + 1).then_some(())).await;
    assert_eq!(status(server.admin(), id).await["valid"], true);
}
