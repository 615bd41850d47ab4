//! Joplin itself, from npm: two people's programs that keep their notes in step through the mount.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::{DavClient, TestServer, bytes_of};

use super::clients::run;

/// Where the program is; the first call on a machine installs it.
fn program() -> PathBuf {
    let script = tests::tests_folder().join("scripts/joplin.sh");
    let installed = Command::new(script).output().expect("the script is there");
    let complaints = String::from_utf8_lossy(&installed.stderr);
    assert!(installed.status.success(), "{complaints}");
    let path = String::from_utf8(installed.stdout).unwrap();
    path.trim().into()
}

/// One installation with its own notes.
struct Joplin {
    program: PathBuf,
    profile: tempfile::TempDir,
}

impl Joplin {
    /// A fresh one that synchronises with a folder of the mount.
    async fn with(program: &Path, dav: &DavClient, folder: &str) -> Self {
        let joplin = Self {
            program: program.to_owned(),
            profile: tempfile::tempdir().unwrap(),
        };
        let commands = format!(
            "config sync.target 6\nconfig sync.6.path {}{folder}\nconfig sync.6.username {}\n\
             config sync.6.password {}\n",
            dav.url(),
            dav.email,
            dav.password
        );
        joplin.run(&commands).await;
        joplin
    }

    /// Runs commands, one a line.
    async fn run(&self, commands: &str) -> String {
        let script = self.profile.path().join("commands");
        fs::write(&script, commands).unwrap();
        self.call(&["batch", script.to_str().unwrap()]).await
    }

    async fn call(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("node");
        command.arg(&self.program).arg("--profile");
        command.arg(self.profile.path()).args(arguments);
        let (passed, text) = run(command, "").await;
        assert!(passed, "{arguments:?}: {text}");
        text
    }

    /// Every note's title and id, in order.
    async fn notes(&self) -> Vec<(String, String)> {
        let dump = self.call(&["dump"]).await;
        let items: serde_json::Value = serde_json::from_str(&dump).expect(&dump);
        let field = |item: &serde_json::Value, name: &str| item[name].as_str().unwrap().to_owned();
        let notes = items.as_array().unwrap().iter();
        let notes = notes.filter(|item| item["type_"] == 1 && item["deleted_time"] == 0);
        let mut notes: Vec<_> = notes
            .map(|note| (field(note, "title"), field(note, "id")))
            .collect();
        notes.sort();
        notes
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_keep_their_notes_in_step() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    assert_eq!(dav.mkcol("/Joplin").await.status, 201);
    let program = tokio::task::spawn_blocking(program).await.unwrap();
    let hers = Joplin::with(&program, &dav, "Joplin").await;
    let his = Joplin::with(&program, &dav, "Joplin").await;

    let picture = hers.profile.path().join("picture.bin");
    let bytes = bytes_of("picture", 70_000);
    fs::write(&picture, &bytes).unwrap();
    let made = format!(
        "mkbook Recipes\nuse Recipes\nmknote Soup\nset Soup body \"water & salt – 水\"\nmknote Cake\n\
         attach Cake {}\nmknote Gone\nsync\n",
        picture.display()
    );
    let told = hers.run(&made).await;
    let stored = admin.names("/Joplin").await;
    let is_item = |name: &&String| Path::new(name).extension().is_some_and(|end| end == "md");
    let items = stored.iter().filter(is_item).count();
    assert_eq!(items, 5, "{stored:?}: {told}");

    let soup = his.run("sync\nuse Recipes\ncat Soup\n").await;
    assert!(soup.contains("water & salt – 水"), "{soup}");
    assert_eq!(his.notes().await, hers.notes().await);
    his.run("use Recipes\nset Soup body pepper\nmknote Bread\nrmnote -f Gone\nsync\n")
        .await;
    let soup = hers.run("sync\nuse Recipes\ncat Soup\n").await;
    assert!(soup.contains("pepper"), "{soup}");
    let notes = hers.notes().await;
    assert_eq!(notes, his.notes().await);
    let titles: Vec<_> = notes.iter().map(|(title, _)| title.as_str()).collect();
    assert_eq!(titles, ["Bread", "Cake", "Soup"]);

    // What was attached arrived as it was.
    let resources = fs::read_dir(his.profile.path().join("resources")).unwrap();
    let arrived: Vec<_> = resources
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .collect();
    assert_eq!(arrived, [bytes.to_vec()]);
}
