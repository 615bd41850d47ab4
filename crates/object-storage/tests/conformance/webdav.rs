//! rclone, the WebDAV server of these tests.

use crate::cases::{ask_in_vain, finish_another, key, plan, write_at_length};
use crate::servers::Server;
use object_storage::{WebDavDriver, WebDavOptions};
use std::sync::{Arc, OnceLock};
use storage::conformance::Fixture;
use storage::{Driver, DriverError, whole};

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::of("with-webdav.sh", "ALCOVE_TEST_WEBDAV"))
}

/// A folder of its own.
struct Folder(WebDavOptions);

impl Folder {
    async fn new() -> Self {
        let name = uuid::Uuid::new_v4().simple();
        let options = WebDavOptions {
            url: format!("{}/{name}", server().endpoint),
            folder: String::new(),
            user: "alcove".to_owned(),
            password: "a secret: key".to_owned(),
            // The whole folder is the test's own.
            staging_prefix: "s/".to_owned(),
        };
        let make = reqwest::Method::from_bytes(b"MKCOL").unwrap();
        let made = reqwest::Client::new()
            .request(make, &options.url)
            .basic_auth(&options.user, Some(&options.password))
            .send();
        assert_eq!(made.await.unwrap().status(), 201);
        Self(options)
    }

    fn driver(&self) -> WebDavDriver {
        WebDavDriver::new(&self.0).unwrap()
    }

    fn with(&self, change: impl Fn(&mut WebDavOptions)) -> WebDavDriver {
        let mut options = self.0.clone();
        change(&mut options);
        WebDavDriver::new(&options).unwrap()
    }
}

impl Fixture for Folder {
    fn open(&self) -> Arc<dyn Driver> {
        Arc::new(self.driver())
    }
}

storage::conformance_tests!(Folder::new().await);

#[tokio::test]
async fn a_body_of_unknown_length_goes_on_as_it_comes() {
    write_at_length(&Folder::new().await.driver()).await;
}

#[tokio::test]
async fn an_upload_that_somebody_else_finished_is_not_taken_for_ones_own() {
    finish_another(&Folder::new().await.driver()).await;
}

#[tokio::test]
async fn a_wrong_user_folder_or_address_is_told() {
    let folder = Folder::new().await;
    for (driver, expected) in [
        (
            folder.with(|options| options.password = "x".to_owned()),
            "the user name or the password is wrong",
        ),
        (
            folder.with(|options| options.url.push_str("/nothing-here")),
            "there is no such folder on the server",
        ),
        (
            folder.with(|options| options.url = "http://127.0.0.1:9".to_owned()),
            "the endpoint refuses connections",
        ),
    ] {
        ask_in_vain(&driver).await;
        let Err(DriverError::Io(why)) = driver.stat(&key("a")).await else {
            panic!("nothing is known here");
        };
        assert!(why.to_string().contains(expected), "{why}");
    }
    for url in ["nowhere at all", "https://user:secret@example.com/dav"] {
        let mut options = folder.0.clone();
        url.clone_into(&mut options.url);
        assert!(WebDavDriver::new(&options).is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_deleted_name_of_a_folder_leaves_what_lies_in_it() {
    let driver = Folder::new().await.driver();
    driver.write(&key("a/b"), whole("x"), None).await.unwrap();
    assert!(driver.delete(&[key("a")]).await.unwrap().is_empty());
    assert_eq!(driver.stat(&key("a/b")).await.unwrap().size_bytes, 1);
}

#[tokio::test]
async fn what_others_left_unfinished_is_not_told() {
    let folder = Folder::new().await;
    let driver = folder.driver();
    driver.begin_upload(&plan("s/a", 5, 0)).await.unwrap();
    for other in ["t/", ""] {
        let other = folder.with(|options| other.clone_into(&mut options.staging_prefix));
        assert!(other.list_staging().await.unwrap().is_empty());
    }
    assert_eq!(driver.list_staging().await.unwrap().len(), 1);
    assert!(driver.list_folder("", None, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_folder_is_made_below_that_of_the_address_and_nowhere_else() {
    let folder = Folder::new().await;
    let at = |path: &'static str| folder.with(|options| path.clone_into(&mut options.folder));
    let below = at("a b/ä/");
    ask_in_vain(&below).await;
    below.make_folder().await.unwrap();
    below.make_folder().await.unwrap();
    below.write(&key("x"), whole("x"), None).await.unwrap();
    let seen = folder.driver().stat(&key("a b/ä/x")).await.unwrap();
    assert_eq!(seen.size_bytes, 1);
    let nowhere = folder.with(|options| {
        options.url.push_str("/not-there");
        "c".clone_into(&mut options.folder);
    });
    let Err(DriverError::Io(why)) = nowhere.make_folder().await else {
        panic!("it is made where nothing is");
    };
    assert!(why.to_string().contains("no such folder"), "{why}");
    // What is there is not made.
    at("").make_folder().await.unwrap();
}
