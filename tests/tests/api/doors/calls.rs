//! How to call every operation of the description on something that is Alice's.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Client, Reply};

/// How to call one operation on Alice's things.
pub(crate) struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
}

/// What Alice has.
pub(crate) struct Hers {
    pub(super) user: String,
    /// Ahead of the paths in her drive.
    root: String,
    file_id: String,
    pub(super) old_version: String,
    pub(super) session: String,
    trashed_uri: String,
    /// For nobody but her.
    share: String,
    direct_link: String,
    /// What keeps her files.
    policy: String,
}

fn group(id: i64) -> Value {
    json!({ "id": id, "name": "mine", "permissions": "" })
}

fn account(id: i64) -> Value {
    json!({ "id": id, "email": "mine@example.com", "status": "active", "group_users": 2 })
}

fn policy(id: i64) -> Value {
    json!({ "id": id, "name": "mine", "type": "local", "file_name_rule": "{uuid}" })
}

fn node(id: i64) -> Value {
    json!({ "id": id, "name": "mine", "server": "https://node.example" })
}

fn app(id: i64) -> Value {
    let redirects = ["https://mine.example/cb"];
    json!({ "id": id, "name": "mine", "redirect_uris": redirects, "scopes": ["openid"] })
}

pub(crate) async fn furnish(alice: &Client) -> Hers {
    alice.put("/docs/secret.txt", "1").await;
    alice.overwrite("/docs/secret.txt", "classified").await;
    alice.put("/old.txt", "old").await;
    alice.delete(&["/old.txt"]).await.done();
    let session = alice.open_upload("/uploading.bin", 10).await;
    Hers {
        user: alice.id.clone(),
        root: format!("cloudreve://{}@my/", alice.id),
        file_id: alice.info("/docs/secret.txt").await.ok()["id"]
            .as_str()
            .unwrap()
            .to_owned(),
        old_version: alice.versions("/docs/secret.txt").await[1]["id"]
            .as_str()
            .unwrap()
            .to_owned(),
        session: session.id,
        trashed_uri: alice.in_trash("old.txt").await,
        share: alice
            .share(
                "/docs/secret.txt",
                json!({ "permissions": { "everyone": "" } }),
            )
            .await
            .id,
        direct_link: alice
            .direct_link("/docs/secret.txt")
            .await
            .split('/')
            .rev()
            .nth(1)
            .unwrap()
            .to_owned(),
        policy: alice.list("/").await.ok()["storage_policy"]["id"]
            .as_str()
            .unwrap()
            .to_owned(),
    }
}

impl Hers {
    /// Nobody's: good enough to see which operations are known.
    pub(super) fn imagined() -> Self {
        let some = || "x".to_owned();
        Self {
            user: some(),
            root: some(),
            file_id: some(),
            old_version: some(),
            session: some(),
            trashed_uri: some(),
            share: some(),
            direct_link: some(),
            policy: some(),
        }
    }

    /// The same, addressed as whoever calls addresses their own drive.
    pub(crate) fn belonging(self) -> Self {
        let root = "cloudreve://my/".to_owned();
        Self { root, ..self }
    }

    /// `None` for operations that have no row yet. `{}` stands for a parameter of any name.
    pub(crate) fn call(&self, method: &str, path: &str) -> Option<Call> {
        let query = |uri: &str| format!("?uri={}", tests::escape(uri));
        let (file, folder) = (
            &format!("{}docs/secret.txt", self.root),
            &format!("{}docs", self.root),
        );
        let upload = format!("/file/upload/{}/0", self.session);
        let (path, body) = match (method, path) {
            (
                "get",
                "/site/ping"
                | "/admin/settings/describe"
                | "/admin/policy/oauth/redirect"
                | "/admin/queue/metrics"
                | "/admin/proof"
                | "/admin/proof/damaged"
                | "/group/list"
                | "/site/captcha"
                | "/user/me"
                | "/user/capacity"
                | "/user/setting"
                | "/user/setting/2fa"
                | "/user/setting/2fa/recovery"
                | "/user/setting/policies"
                | "/user/setting/sessions",
            )
            | ("put", "/user/authn" | "/session/authn")
            | ("post", "/admin/license/refreshAuto")
            | ("delete", "/file/trash" | "/admin/tool/entityUrlCache") => (path.to_owned(), None),
            ("get", "/site/config/{}") => ("/site/config/basic".to_owned(), None),
            ("get", "/session/oauth/app/{}") => {
                (format!("/session/oauth/app/{}", App::desktop().id), None)
            }
            ("delete", "/session/oauth/grant/{}") => {
                (format!("/session/oauth/grant/{}", App::desktop().id), None)
            }
            ("post", "/session/oauth/consent") => (
                path.to_owned(),
                Some(App::desktop().consent("openid Files.Write")),
            ),
            ("get" | "post", "/session/oauth/userinfo") | ("post", "/session/oauth/token") => {
                (path.to_owned(), None)
            }
            ("put", "/session/openid") => (path.to_owned(), Some(json!({ "provider": 2 }))),
            ("post", "/session/openid") => (
                path.to_owned(),
                Some(json!({ "code": "x", "session_id": "x", "provider_id": 2 })),
            ),
            ("delete", "/session/openid/{}") => ("/session/openid/2".to_owned(), None),
            ("get", "/session/prepare") => {
                ("/session/prepare?email=alice@example.com".to_owned(), None)
            }
            ("post", "/session/token") => (
                path.to_owned(),
                Some(json!({ "email": "alice@example.com", "password": "a wrong one" })),
            ),
            ("post", "/session/token/refresh") | ("delete", "/session/token") => (
                path.to_owned(),
                Some(json!({ "refresh_token": "nonsense" })),
            ),
            ("post", "/user") => (
                path.to_owned(),
                Some(json!({ "email": "alice@example.com", "password": "another secret" })),
            ),
            ("post", "/session/token/2fa") => {
                let body = json!({ "otp": "123456", "session_id": "nonsense" });
                (path.to_owned(), Some(body))
            }
            ("post", "/session/authn" | "/user/authn") => {
                let body = json!({ "response": "{}", "session_id": "nonsense" });
                (path.to_owned(), Some(body))
            }
            ("delete", "/user/authn") => ("/user/authn?id=nonsense".to_owned(), None),
            ("get", "/user/activate/{}") => {
                (format!("/user/activate/{}?sign=x:1", self.user), None)
            }
            ("post", "/user/reset" | "/admin/user/invite") => (
                path.to_owned(),
                Some(json!({ "email": "alice@example.com" })),
            ),
            ("patch", "/user/reset/{}") => (
                format!("/user/reset/{}", self.user),
                Some(json!({ "password": "another secret", "secret": "nonsense" })),
            ),
            ("post", "/user/setting/2fa/recovery") => {
                (path.to_owned(), Some(json!({ "two_fa_code": "123456" })))
            }
            ("delete", "/user/setting/sessions") => (format!("{path}?keep_current=true"), None),
            ("delete", "/user/setting/sessions/{}") => (
                "/user/setting/sessions/5f0c2a34-9b1e-4c7a-8a55-0d7b6f1e2c33".to_owned(),
                None,
            ),
            ("get", "/user/info/{}") => (format!("/user/info/{}", self.user), None),
            ("get", "/user/avatar/{}") => (format!("/user/avatar/{}", self.user), None),
            ("get", "/user/shares/{}") => {
                (format!("/user/shares/{}?page_size=10", self.user), None)
            }
            ("get", "/user/search") => ("/user/search?keyword=alice".to_owned(), None),
            ("patch", "/user/setting") | ("put", "/user/setting/avatar") => {
                (path.to_owned(), Some(json!({})))
            }

            ("post", "/admin/settings") => (path.to_owned(), Some(json!({ "keys": ["siteName"] }))),
            ("patch", "/admin/settings") => (
                path.to_owned(),
                Some(json!({ "settings": { "siteName": "Mine" } })),
            ),
            ("put", "/admin/group") => (path.to_owned(), Some(json!({ "group": group(0) }))),
            ("put", "/admin/group/{}") => {
                let body = json!({ "group": group(2) });
                ("/admin/group/2".to_owned(), Some(body))
            }
            ("get" | "delete", "/admin/group/{}") => ("/admin/group/2".to_owned(), None),
            ("post", "/admin/proof/run") => (path.to_owned(), Some(json!({ "policy": 1 }))),
            ("get", "/admin/summary") => ("/admin/summary?generate=true".to_owned(), None),
            ("get" | "delete", "/admin/policy/{}") => ("/admin/policy/2".to_owned(), None),
            ("put", "/admin/policy") | ("post", "/admin/policy/test" | "/admin/policy/cors") => {
                (path.to_owned(), Some(json!({ "policy": policy(0) })))
            }
            ("put", "/admin/policy/{}") => {
                let body = json!({ "policy": policy(2) });
                ("/admin/policy/2".to_owned(), Some(body))
            }
            ("get", "/admin/policy/{}/relocate") => ("/admin/policy/2/relocate".to_owned(), None),
            ("post", "/admin/policy/{}/relocate") => (
                "/admin/policy/2/relocate".to_owned(),
                Some(json!({ "target": 1, "user": 1 })),
            ),
            ("post", "/admin/policy/oauth/signin") => {
                let body = json!({ "id": 2, "app_id": "app", "secret": "secret" });
                (path.to_owned(), Some(body))
            }
            ("post", "/admin/policy/oauth/callback") => (
                path.to_owned(),
                Some(json!({ "state": "2", "code": "code" })),
            ),
            ("get", "/admin/policy/oauth/status/{}") => {
                ("/admin/policy/oauth/status/2".to_owned(), None)
            }
            ("get", "/admin/policy/oauth/root/{}") => {
                let query = "?url=https://x.example/sites/team";
                (format!("/admin/policy/oauth/root/2{query}"), None)
            }
            ("get" | "delete", "/admin/node/{}") => ("/admin/node/2".to_owned(), None),
            ("post", "/admin/node/test" | "/admin/node/test/downloader") => {
                (path.to_owned(), Some(json!({ "node": node(0) })))
            }
            ("put", "/admin/node") => (path.to_owned(), Some(json!({ "node": node(0) }))),
            ("put", "/admin/node/{}") => {
                let body = json!({ "node": node(2) });
                ("/admin/node/2".to_owned(), Some(body))
            }
            ("get", "/admin/file/{}" | "/admin/file/url/{}") => (path.replace("{}", "3"), None),
            ("put", "/admin/file/{}") => {
                let body = json!({ "file": { "id": 3, "name": "secret.txt" } });
                ("/admin/file/3".to_owned(), Some(body))
            }
            (
                "get",
                "/admin/entity/{}" | "/admin/entity/url/{}" | "/admin/share/{}" | "/admin/queue/{}",
            )
            | ("post", "/admin/queue/{}/cancel" | "/admin/queue/{}/retry") => {
                (path.replace("{}", "1"), None)
            }
            ("post", "/admin/queue/cleanup") => {
                let body = json!({ "not_after": "2000-01-01T00:00:00Z", "types": ["made_up"] });
                (path.to_owned(), Some(body))
            }
            ("get" | "delete", "/admin/oauthClient/{}") => {
                ("/admin/oauthClient/3".to_owned(), None)
            }
            ("put", "/admin/oauthClient") => (path.to_owned(), Some(json!({ "client": app(0) }))),
            ("put", "/admin/oauthClient/{}") => {
                let body = json!({ "client": app(3) });
                ("/admin/oauthClient/3".to_owned(), Some(body))
            }
            (
                "post",
                "/admin/user/batch/delete"
                | "/admin/file/batch/delete"
                | "/admin/entity/batch/delete"
                | "/admin/share/batch/delete"
                | "/admin/queue/batch/delete"
                | "/admin/oauthClient/batch/delete"
                | "/admin/proof/check"
                | "/admin/proof/accept",
            ) => (path.to_owned(), Some(json!({ "ids": [4711] }))),
            ("post", "/admin/event/export") => (path.to_owned(), Some(json!({ "format": "csv" }))),
            ("post", "/admin/license/refreshManual") => {
                (path.to_owned(), Some(json!({ "license": "none" })))
            }
            ("post", "/admin/event/batch/delete") => {
                (path.to_owned(), Some(json!({ "ids": [4711] })))
            }
            ("post", "/admin/tool/mail") => {
                (path.to_owned(), Some(json!({ "to": "alice@example.com" })))
            }
            ("get", "/admin/tool/wopi") => (format!("{path}?endpoint=http://127.0.0.1:1/"), None),
            ("post", "/admin/tool/thumbExecutable") => {
                let body = json!({ "name": "vips", "executable": "/nonexistent" });
                (path.to_owned(), Some(body))
            }
            ("get", "/admin/event/{}") => ("/admin/event/1".to_owned(), None),
            (
                "post",
                "/admin/user" | "/admin/event" | "/admin/group" | "/admin/policy" | "/admin/node"
                | "/admin/file" | "/admin/entity" | "/admin/share" | "/admin/queue"
                | "/admin/oauthClient",
            ) => (path.to_owned(), Some(json!({ "page": 1, "page_size": 10 }))),
            ("put", "/admin/user") => (
                path.to_owned(),
                Some(json!({ "user": account(0), "password": "a long secret" })),
            ),
            ("put", "/admin/user/{}") => {
                let body = json!({ "user": account(2), "password": "a long secret" });
                ("/admin/user/2".to_owned(), Some(body))
            }
            ("get", "/admin/user/{}") => ("/admin/user/2".to_owned(), None),
            ("post", "/admin/user/{}/calibrate") => ("/admin/user/2/calibrate".to_owned(), None),
            ("get", "/workflow") => ("/workflow?page_size=10&category=general".to_owned(), None),
            ("post", "/workflow/relocate") => (
                path.to_owned(),
                Some(json!({ "src": [file], "dst_policy_id": self.policy })),
            ),
            ("post", "/workflow/archive") => (
                path.to_owned(),
                Some(json!({ "src": [file], "dst": format!("{folder}/new.zip") })),
            ),
            ("post", "/workflow/import") => (
                path.to_owned(),
                Some(json!({ "src": "uploads", "dst": "/", "user_id": self.user, "policy_id": 1 })),
            ),
            ("post", "/workflow/download") => (
                path.to_owned(),
                Some(json!({ "src": ["http://127.0.0.1:1/x"], "dst": folder })),
            ),
            ("patch", "/workflow/download/{}") => (
                "/workflow/download/x".to_owned(),
                Some(json!({ "files": [] })),
            ),
            ("delete", "/workflow/download/{}") => ("/workflow/download/x".to_owned(), None),
            ("get", "/workflow/progress/{}" | "/workflow/task/{}")
            | ("post", "/workflow/cancel/{}" | "/workflow/retry/{}") => {
                (path.replace("{}", "x"), None)
            }
            ("post", "/workflow/extract") => (
                path.to_owned(),
                Some(json!({ "src": [file], "dst": folder })),
            ),
            ("get" | "post", "/callback/{}/{}/{}") => {
                (format!("/callback/local/{}/nonsense", self.session), None)
            }

            ("get", "/file") => (format!("/file{}", query(folder)), None),
            ("get", "/file/info") => (format!("/file/info?id={}", self.file_id), None),
            ("get", "/file/archive" | "/file/thumb" | "/file/events") => {
                (format!("{path}{}", query(file)), None)
            }
            ("get", "/file/search") => ("/file/search?query=secret".to_owned(), None),
            ("put", "/file/content") => (format!("/file/content{}", query(file)), Some(json!("x"))),
            ("post", "/file/url") | ("put", "/file/source") => {
                (path.to_owned(), Some(json!({ "uris": [file] })))
            }
            ("delete", "/file/source/{}") => (format!("/file/source/{}", self.direct_link), None),
            ("put", "/share") => (path.to_owned(), Some(json!({ "uri": file }))),
            ("post", "/share/{}") => (
                format!("/share/{}", self.share),
                Some(json!({ "uri": file, "permissions": {} })),
            ),
            ("delete", "/share/{}") => (format!("/share/{}", self.share), None),
            ("get", "/share/info/{}") => (format!("/share/info/{}", self.share), None),
            ("get", "/share" | "/share/received") => (format!("{path}?page_size=10"), None),
            ("delete", "/share") => (path.to_owned(), Some(json!({ "ids": [self.share] }))),
            ("post", "/file/create") => {
                let uri = format!("{folder}/new");
                (
                    path.to_owned(),
                    Some(json!({ "uri": uri, "type": "folder" })),
                )
            }
            ("post", "/file/rename") => (
                path.to_owned(),
                Some(json!({ "uri": file, "new_name": "stolen.txt" })),
            ),
            ("post", "/file/move") => (
                path.to_owned(),
                Some(json!({ "uris": [file], "dst": "cloudreve://my/" })),
            ),
            ("delete", "/file") => (
                path.to_owned(),
                Some(json!({ "uris": [file], "skip_soft_delete": true })),
            ),
            ("post", "/file/restore") => {
                (path.to_owned(), Some(json!({ "uris": [self.trashed_uri] })))
            }
            ("patch", "/file/metadata") => {
                let patches = json!([{ "key": "tag:stolen", "value": "" }]);
                (
                    path.to_owned(),
                    Some(json!({ "uris": [file], "patches": patches })),
                )
            }
            ("patch", "/file/view") => {
                let view = json!({ "page_size": 60 });
                (
                    path.to_owned(),
                    Some(json!({ "uri": folder, "view": view })),
                )
            }
            ("patch", "/file/policy") => (
                path.to_owned(),
                Some(json!({ "uri": folder, "policy_id": "" })),
            ),
            ("delete", "/file/lock") => (
                path.to_owned(),
                Some(json!({ "tokens": ["no such token"] })),
            ),
            ("get", "/devices/dav") => ("/devices/dav?page_size=10".to_owned(), None),
            ("put", "/devices/dav") => (
                path.to_owned(),
                Some(json!({ "uri": folder, "name": "mine now" })),
            ),
            ("patch", "/devices/dav/{}") => (
                "/devices/dav/x".to_owned(),
                Some(json!({ "uri": folder, "name": "mine now" })),
            ),
            ("delete", "/devices/dav/{}") => ("/devices/dav/x".to_owned(), None),
            ("put" | "delete", "/file/pin") => (
                path.to_owned(),
                Some(json!({ "uri": "cloudreve://my/docs" })),
            ),
            ("post", "/file/version/current") | ("delete", "/file/version") => (
                path.to_owned(),
                Some(json!({ "uri": file, "version": self.old_version })),
            ),
            ("put", "/file/upload") => {
                let body = json!({ "uri": file, "size": 1, "entity_type": "version" });
                (path.to_owned(), Some(body))
            }
            ("delete", "/file/upload") => (
                path.to_owned(),
                Some(json!({ "id": self.session, "uri": format!("{}uploading.bin", self.root) })),
            ),
            ("get", "/file/upload/{}") => (format!("/file/upload/{}", self.session), None),
            ("post", "/file/upload/{}/{}") => (upload, Some(json!("12345678"))),
            _ => return None,
        };
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        Some(Call { method, path, body })
    }
}

pub(crate) async fn call(who: &Client, call: &Call) -> Reply {
    let mut request = who.request(call.method.clone(), &call.path);
    if let Some(body) = &call.body {
        request = request.json(body);
    }
    // The header that event streams insist on.
    who.send(request.header("X-Cr-Client-Id", "0b6c2f0e-55f2-4d0b-9a0e-3f1c7f6f2f11"))
        .await
}
