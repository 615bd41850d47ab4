//! What a step may be: the same thing done to the server and to the model.

use rand::Rng;
use serde_json::json;

use super::{
    LARGE, Walker, text,
    tree::{Folder, Node},
};

impl Walker {
    pub(super) async fn create(&mut self, node: Node) {
        let path = self.somewhere();
        let kind = if matches!(node, Node::File(_)) {
            "file"
        } else {
            "folder"
        };
        let reply = self.alice.create(kind, &text(&path)).await;
        let expected = self.drive.create(&path, node);
        self.compare(expected, &reply);
    }

    pub(super) async fn upload(&mut self, over: bool) {
        let path = self.somewhere();
        let bytes = self.bytes();
        let more = if over {
            json!({ "entity_type": "version" })
        } else {
            json!({})
        };
        let size = bytes.len() as u64;
        let mut reply = self.alice.try_open_upload(&text(&path), size, more).await;
        if reply.code() == 0 {
            let session = reply.data()["session_id"].as_str().unwrap().to_owned();
            if self.random.random_bool(0.1) {
                self.alice
                    .cancel_upload(&session, &text(&path))
                    .await
                    .done();
                // The folders on the way stay.
                let above = &path[..path.len() - 1];
                if !above.is_empty() {
                    self.drive
                        .create(above, Node::Folder(Folder::new()))
                        .unwrap();
                }
                return;
            }
            reply = self.alice.send_chunk(&session, 0, bytes.clone()).await;
        }
        let expected = self.drive.upload(&path, bytes, over);
        self.compare(expected, &reply);
    }

    pub(super) async fn put_content(&mut self) {
        let path = self.somewhere();
        let bytes = self.bytes();
        let reply = self.alice.put_content(&text(&path), bytes.clone()).await;
        let expected = self.drive.upload(&path, bytes, true);
        self.compare(expected, &reply);
    }

    pub(super) async fn rename(&mut self) {
        let Some(path) = self.existing() else { return };
        let new_name = self.name();
        if path.last() == Some(&new_name) {
            return;
        }
        let reply = self.alice.rename(&text(&path), &new_name).await;
        let expected = self.drive.rename(&path, &new_name);
        self.compare(expected, &reply);
    }

    pub(super) async fn transfer(&mut self, copy: bool) {
        let Some(path) = self.existing() else { return };
        let dst = self.existing_folder();
        let mut paths = vec![path.clone()];
        if !dst.starts_with(&path) && self.random.random_bool(0.3) {
            // A sibling comes along.
            let above = &path[..path.len() - 1];
            let siblings = self.drive.folder(above).unwrap().keys();
            let siblings = siblings.map(|name| [above, std::slice::from_ref(name)].concat());
            paths.extend(
                siblings
                    .filter(|other| *other != path && !dst.starts_with(other))
                    .take(1),
            );
        }
        if copy && Node::Folder(self.drive.root.clone()).count() > LARGE {
            return;
        }
        let texts: Vec<_> = paths.iter().map(|path| text(path)).collect();
        let reply = if copy {
            self.alice.copy_to(&texts, &text(&dst)).await
        } else {
            self.alice.move_to(&texts, &text(&dst)).await
        };
        let expected = self.drive.transfer(&paths, &dst, copy);
        self.compare(expected, &reply);
    }

    pub(super) async fn delete(&mut self) {
        let Some(path) = self.existing() else { return };
        self.alice.delete(&[text(&path)]).await.done();
        let known: Vec<_> = self
            .drive
            .trash
            .iter()
            .map(|trashed| trashed.uri.clone())
            .collect();
        let trash = self.alice.trash().await;
        let mut new = trash
            .iter()
            .filter(|item| !known.iter().any(|uri| item["path"] == uri.as_str()));
        let item = new.next().unwrap();
        assert!(
            new.next().is_none(),
            "step {}: more than one came into the trash",
            self.step
        );
        assert_eq!(item["name"], path.last().unwrap().as_str());
        self.drive
            .delete(&path, item["path"].as_str().unwrap().to_owned());
    }

    pub(super) async fn delete_for_good(&mut self) {
        let Some(path) = self.existing() else { return };
        self.alice.delete_for_good(&[text(&path)]).await.done();
        self.drive.delete_for_good(&path);
    }

    pub(super) async fn restore(&mut self) {
        if self.drive.trash.is_empty() {
            return;
        }
        let index = self.random.random_range(0..self.drive.trash.len());
        let reply = self.alice.restore(&[&self.drive.trash[index].uri]).await;
        let expected = self.drive.restore(index);
        self.compare(expected, &reply);
    }

    pub(super) async fn delete_from_trash(&mut self) {
        if self.drive.trash.is_empty() {
            return;
        }
        let index = self.random.random_range(0..self.drive.trash.len());
        let trashed = self.drive.trash.remove(index);
        self.alice.delete_for_good(&[&trashed.uri]).await.done();
    }

    pub(super) async fn empty_trash(&mut self) {
        self.alice.empty_trash().await.done();
        self.drive.trash.clear();
    }

    pub(super) async fn set_version(&mut self) {
        let Some(path) = self.existing_file(2) else {
            return;
        };
        let ids = self.version_ids(&path).await;
        let file = self.drive.file_mut(&path).unwrap();
        file.current = self.random.random_range(0..file.versions.len());
        let id = ids[file.current].clone();
        self.alice.set_version(&text(&path), &id).await.done();
    }

    pub(super) async fn delete_version(&mut self) {
        let Some(path) = self.existing_file(2) else {
            return;
        };
        let ids = self.version_ids(&path).await;
        let file = self.drive.file_mut(&path).unwrap();
        let index = self.random.random_range(0..file.versions.len());
        let reply = self.alice.delete_version(&text(&path), &ids[index]).await;
        let expected = file.remove_version(index);
        self.compare(expected, &reply);
    }
}
