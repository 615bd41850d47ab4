//! A drive in memory, as simple as it can be: what the server must agree with.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::code;

/// Versions a file keeps by default.
const KEPT_VERSIONS: usize = 10;

pub type Path = Vec<String>;
pub type Folder = BTreeMap<String, Node>;
/// The codes of which the server must answer one.
pub type Refusal = &'static [i64];

#[derive(Clone, Debug)]
pub enum Node {
    File(File),
    Folder(Folder),
}

/// Versions from the oldest to the newest. A file that was only created has none.
#[derive(Clone, Debug, Default)]
pub struct File {
    pub versions: Vec<Bytes>,
    pub current: usize,
}

#[derive(Debug)]
pub struct Trashed {
    pub uri: String,
    pub origin: Path,
    pub node: Node,
}

#[derive(Debug, Default)]
pub struct Drive {
    pub root: Folder,
    pub trash: Vec<Trashed>,
}

impl File {
    pub fn content(&self) -> Bytes {
        self.versions.get(self.current).cloned().unwrap_or_default()
    }

    fn write(&mut self, bytes: Bytes) {
        self.versions.push(bytes);
        if self.versions.len() > KEPT_VERSIONS {
            self.versions.remove(0);
        }
        self.current = self.versions.len() - 1;
    }

    pub fn remove_version(&mut self, index: usize) -> Result<(), Refusal> {
        if index == self.current {
            return Err(&[code::NO_PERMISSION]);
        }
        self.versions.remove(index);
        self.current -= usize::from(index < self.current);
        Ok(())
    }
}

impl Node {
    /// Bytes of all versions below.
    pub fn used(&self) -> u64 {
        match self {
            Self::File(file) => file.versions.iter().map(|bytes| bytes.len() as u64).sum(),
            Self::Folder(children) => children.values().map(Self::used).sum(),
        }
    }

    pub fn count(&self) -> usize {
        match self {
            Self::File(_) => 1,
            Self::Folder(children) => 1 + children.values().map(Self::count).sum::<usize>(),
        }
    }
}

impl Drive {
    pub fn used(&self) -> u64 {
        let trash = self.trash.iter().map(|trashed| trashed.node.used());
        self.root.values().map(Node::used).chain(trash).sum()
    }

    pub fn get(&self, path: &[String]) -> Option<&Node> {
        let (name, above) = path.split_last()?;
        self.folder(above)?.get(name)
    }

    pub fn folder(&self, path: &[String]) -> Option<&Folder> {
        let mut folder = &self.root;
        for name in path {
            match folder.get(name)? {
                Node::Folder(children) => folder = children,
                Node::File(_) => return None,
            }
        }
        Some(folder)
    }

    fn folder_mut(&mut self, path: &[String]) -> Option<&mut Folder> {
        let mut folder = &mut self.root;
        for name in path {
            match folder.get_mut(name)? {
                Node::Folder(children) => folder = children,
                Node::File(_) => return None,
            }
        }
        Some(folder)
    }

    pub fn file_mut(&mut self, path: &[String]) -> Option<&mut File> {
        let (name, above) = path.split_last()?;
        match self.folder_mut(above)?.get_mut(name)? {
            Node::File(file) => Some(file),
            Node::Folder(_) => None,
        }
    }

    fn take(&mut self, path: &[String]) -> Option<Node> {
        let (name, above) = path.split_last()?;
        self.folder_mut(above)?.remove(name)
    }

    /// Folders on the way are made, unless a file is in it.
    fn make_way(&mut self, path: &[String]) -> Result<&mut Folder, Refusal> {
        for end in 1..=path.len() {
            if let Some(Node::File(_)) = self.get(&path[..end]) {
                return Err(&[code::NO_PERMISSION, code::PARENT_NOT_EXIST]);
            }
        }
        let mut folder = &mut self.root;
        for name in path {
            let child = folder
                .entry(name.clone())
                .or_insert_with(|| Node::Folder(Folder::new()));
            match child {
                Node::Folder(children) => folder = children,
                Node::File(_) => unreachable!("checked above"),
            }
        }
        Ok(folder)
    }

    pub fn create(&mut self, path: &[String], node: Node) -> Result<(), Refusal> {
        let (name, above) = path.split_last().unwrap();
        let folder = self.make_way(above)?;
        match (folder.get(name), &node) {
            (None, _) => {
                folder.insert(name.clone(), node);
                Ok(())
            }
            (Some(Node::File(_)), Node::File(_)) | (Some(Node::Folder(_)), Node::Folder(_)) => {
                Ok(())
            }
            (Some(_), _) => Err(&[code::OBJECT_EXISTS]),
        }
    }

    pub fn upload(&mut self, path: &[String], bytes: Bytes, over: bool) -> Result<(), Refusal> {
        let (name, above) = path.split_last().unwrap();
        match self.get(path) {
            Some(Node::Folder(_)) => {
                return Err(&[
                    code::OBJECT_EXISTS,
                    code::NO_PERMISSION,
                    code::PARENT_NOT_EXIST,
                ]);
            }
            Some(Node::File(_)) if !over => return Err(&[code::OBJECT_EXISTS]),
            _ => {}
        }
        let folder = self.make_way(above)?;
        let node = folder
            .entry(name.clone())
            .or_insert_with(|| Node::File(File::default()));
        if let Node::File(file) = node {
            file.write(bytes);
        }
        Ok(())
    }

    pub fn rename(&mut self, path: &[String], new_name: &str) -> Result<(), Refusal> {
        let (name, above) = path.split_last().unwrap();
        let folder = self.folder_mut(above).unwrap();
        if folder.contains_key(new_name) {
            return Err(&[code::OBJECT_EXISTS]);
        }
        let node = folder.remove(name).unwrap();
        folder.insert(new_name.to_owned(), node);
        Ok(())
    }

    /// Moves or copies siblings; all or none.
    pub fn transfer(&mut self, paths: &[Path], dst: &[String], copy: bool) -> Result<(), Refusal> {
        if paths.iter().any(|path| dst.starts_with(path)) {
            return Err(&[code::NO_PERMISSION]);
        }
        let taken = self.folder(dst).unwrap();
        if paths
            .iter()
            .any(|path| taken.contains_key(path.last().unwrap()))
        {
            return Err(&[code::OBJECT_EXISTS]);
        }
        for path in paths {
            let node = if copy {
                self.get(path).cloned()
            } else {
                self.take(path)
            };
            let name = path.last().unwrap().clone();
            self.folder_mut(dst).unwrap().insert(name, node.unwrap());
        }
        Ok(())
    }

    pub fn delete_for_good(&mut self, path: &[String]) {
        self.take(path).unwrap();
    }

    pub fn delete(&mut self, path: &[String], uri: String) {
        let node = self.take(path).unwrap();
        self.trash.push(Trashed {
            uri,
            origin: path.to_vec(),
            node,
        });
    }

    pub fn restore(&mut self, index: usize) -> Result<(), Refusal> {
        let origin = self.trash[index].origin.clone();
        let (name, above) = origin.split_last().unwrap();
        let Some(folder) = self.folder(above) else {
            return Err(&[code::PARENT_NOT_EXIST, code::NO_PERMISSION]);
        };
        if folder.contains_key(name) {
            return Err(&[code::OBJECT_EXISTS]);
        }
        let node = self.trash.remove(index).node;
        self.folder_mut(above).unwrap().insert(name.clone(), node);
        Ok(())
    }

    /// Every path, folders before what is in them.
    pub fn paths(&self) -> Vec<Path> {
        fn walk(folder: &Folder, above: &Path, paths: &mut Vec<Path>) {
            for (name, node) in folder {
                let mut path = above.clone();
                path.push(name.clone());
                paths.push(path.clone());
                if let Node::Folder(children) = node {
                    walk(children, &path, paths);
                }
            }
        }
        let mut paths = Vec::new();
        walk(&self.root, &Vec::new(), &mut paths);
        paths
    }
}
