//! Typed reading of the combined layers. It never stops at a mistake: all are collected, and a value is given only where
//! there was none.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Secret, VaultSecret,
    kinds::{Wrong, or},
    mistake::{Mistake, Mistakes, Origin, nearest},
    node::{Map, Node, Value},
    section::Section,
};

/// The files that settings name: those that secrets are in, and those that describe providers.
pub trait Files {
    /// The text of a file.
    fn read(&self, file: &Path) -> io::Result<String>;

    /// The files that a path stands for: itself, or what is in the folder.
    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>>;
}

/// The files of this machine.
pub(super) struct Disk;

impl Files for Disk {
    fn read(&self, file: &Path) -> io::Result<String> {
        fs::read_to_string(file)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        if !fs::metadata(path)?.is_dir() {
            return Ok(vec![path.to_owned()]);
        }
        let mut files = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"));
        files.sort();
        Ok(files)
    }
}

/// No files at all.
pub(super) struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &Path) -> io::Result<String> {
        Err(io::Error::other("no files are read here"))
    }

    fn list(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        Err(io::Error::other("no files are read here"))
    }
}

/// What reading needs, and what it found wrong so far.
pub(super) struct Reader<'a> {
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) files: &'a dyn Files,
    mistakes: RefCell<Vec<Mistake>>,
    vault_secrets: RefCell<Vec<VaultSecret>>,
}

static NOTHING: Map = Map::new();

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a BTreeMap<String, String>, files: &'a dyn Files) -> Self {
        Self { environment, files, mistakes: RefCell::default(), vault_secrets: RefCell::default() }
    }

    /// Reads everything: either the value, or what is wrong.
    pub(super) fn read<T>(self, root: &Node, read: impl FnOnce(&Section<'_>) -> Option<T>) -> Result<T, Mistakes> {
        let value = self.section(String::new(), root, read);
        match (value, self.mistakes.into_inner()) {
            (Some(value), mistakes) if mistakes.is_empty() => Ok(value),
            (_, mistakes) => Err(Mistakes(mistakes)),
        }
    }

    pub(super) fn section<T>(
        &self,
        path: String,
        node: &Node,
        read: impl FnOnce(&Section<'_>) -> Option<T>,
    ) -> Option<T> {
        let map = match &node.value {
            Value::Map(map) => map,
            Value::Null => &NOTHING,
            _ => {
                self.tell(&path, "not a section", &node.origin, "a section with keys");
                return None;
            }
        };
        let section = Section::new(self, path, &node.origin, map);
        let value = read(&section);
        section.tell_unknown();
        value
    }

    /// How many mistakes there are so far.
    pub(super) fn mistakes(&self) -> usize {
        self.mistakes.borrow().len()
    }

    /// Takes over mistakes that were found elsewhere.
    pub(super) fn tell_all(&self, mistakes: Vec<Mistake>) {
        self.mistakes.borrow_mut().extend(mistakes);
    }

    /// Takes down that a setting waits for a secret of the vault.
    pub(super) fn wait_for_vault(&self, key: &str, name: &str, secret: &Secret, origin: &Origin) {
        let (key, name, secret, origin) = (key.to_owned(), name.to_owned(), secret.clone(), origin.clone());
        self.vault_secrets.borrow_mut().push(VaultSecret { key, name, secret, origin });
    }

    /// The settings that wait for the vault, as far as they were read.
    pub(super) fn vault_secrets(&self) -> Vec<VaultSecret> {
        self.vault_secrets.borrow().clone()
    }

    pub(super) fn tell(&self, key: &str, what: impl Into<String>, origin: &Origin, allowed: impl Into<String>) {
        let mistake =
            Mistake { key: key.to_owned(), what: what.into(), origin: origin.clone(), allowed: allowed.into() };
        self.mistakes.borrow_mut().push(mistake);
    }

    pub(super) fn told<T>(&self, key: &str, node: &Node, read: Result<T, Wrong>) -> Option<T> {
        read.map_err(|wrong| {
            let what = match &node.value {
                Value::Text(text) if !wrong.hidden => format!("{text:?} is not allowed"),
                _ => "what is set is not allowed".to_owned(),
            };
            self.tell(key, what, &node.origin, wrong.allowed);
        })
        .ok()
    }

    pub(super) fn scalar<T>(
        &self,
        key: &str,
        node: &Node,
        mut kind: impl FnMut(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        match &node.value {
            Value::Text(text) => self.told(key, node, kind(text)),
            Value::Null => {
                self.tell(key, "empty", &node.origin, "a value");
                None
            }
            Value::List(_) | Value::Map(_) => {
                self.tell(key, "not a single value", &node.origin, "a single value");
                None
            }
        }
    }

    /// The nodes of a list. In a variable a list may be text with commas.
    pub(super) fn nodes(&self, key: &str, node: &Node) -> Option<Vec<Node>> {
        match (&node.value, &node.origin) {
            (Value::List(items), _) => Some(items.clone()),
            (Value::Null, _) => Some(Vec::new()),
            (Value::Text(text), origin @ Origin::Environment(_)) => {
                let item = |item: &str| Node { value: Value::Text(item.trim().to_owned()), origin: origin.clone() };
                Some(text.split(',').map(item).collect())
            }
            _ => {
                self.tell(key, "not a list", &node.origin, "a list, such as [a, b]");
                None
            }
        }
    }

    /// Never with the value: it may be a secret under a misspelt key.
    pub(super) fn tell_stranger<'k>(
        &self,
        path: &str,
        name: &str,
        node: &Node,
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        let what = match nearest(name, known.clone()) {
            Some(nearest) => format!("not a known key; did you mean {nearest}?"),
            None => "not a known key".to_owned(),
        };
        self.tell(path, what, &node.origin, or(known));
    }
}
