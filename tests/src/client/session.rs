//! Signing in, and what concerns the account.

use serde_json::{Value, json};

use super::Client;
use crate::{Reply, server::email};

impl Client {
    /// Asks for tokens without judging the answer.
    pub async fn try_sign_in(&self, name: &str, password: &str) -> Reply {
        self.post(
            "/session/token",
            json!({ "email": email(name), "password": password }),
        )
        .await
    }

    /// The same connection, signed in as `name`.
    pub async fn sign_in(&self, name: &str, password: &str) -> Self {
        let signed_in = self.try_sign_in(name, password).await.ok();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Self {
            access_token: Some(text(&signed_in["token"]["access_token"])),
            refresh_token: Some(text(&signed_in["token"]["refresh_token"])),
            id: text(&signed_in["user"]["id"]),
            name: name.to_owned(),
            ..self.clone()
        }
    }

    pub async fn refresh(&self) -> Reply {
        self.post(
            "/session/token/refresh",
            json!({ "refresh_token": self.refresh_token }),
        )
        .await
    }

    pub async fn sign_out(&self) -> Reply {
        self.delete_json(
            "/session/token",
            json!({ "refresh_token": self.refresh_token }),
        )
        .await
    }

    pub async fn me(&self) -> Reply {
        self.get_json("/user/me", &[]).await
    }

    pub async fn change_settings(&self, change: Value) -> Reply {
        self.patch("/user/setting", change).await
    }

    /// Bytes of the quota in use.
    pub async fn used(&self) -> u64 {
        self.get_json("/user/capacity", &[]).await.ok()["used"]
            .as_u64()
            .expect("a number")
    }

    /// Bytes of the quota.
    pub async fn total(&self) -> u64 {
        self.get_json("/user/capacity", &[]).await.ok()["total"]
            .as_u64()
            .expect("a number")
    }
}
