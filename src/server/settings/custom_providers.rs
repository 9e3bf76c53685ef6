//! `custom_providers`: providers, lists and tables that the operator describes in files of their own.
//!
//! A definition becomes a provider that lives as long as the process. So that reading the settings again does not fill the
//! memory, the provider of each distinct text is kept: what has not changed is the same provider as before.

mod answers;
mod definition;
mod lists;
mod requests;

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use ::providers::{Provider as _, custom::Custom};

use super::{
    kinds::{self, Wrong},
    mistake::Origin,
    reader::Reader,
    section::Section,
    yaml,
};

/// The providers of all definitions that were read so far, by file and text.
static KNOWN: LazyLock<Mutex<HashMap<(PathBuf, String), &'static Custom>>> = LazyLock::new(Mutex::default);

/// Reads `custom_providers` and every file that it names. `taken` are the ids of the other providers.
pub(super) fn read(section: &Section<'_>, taken: &BTreeSet<&str>) -> Option<Vec<&'static Custom>> {
    let Some(path) = section.optional("path", kinds::path)? else { return Some(Vec::new()) };
    let reader = section.reader();
    let files = reader.files.list(&path).map_err(|error| {
        section.tell(
            "path",
            &format!("{path:?} cannot be read: {error}"),
            "a readable file, or a folder of *.yaml files",
        );
    });
    let mut customs: Vec<&'static Custom> = Vec::new();
    let mut are_good = true;
    for file in files.ok()? {
        let name: Arc<str> = file.display().to_string().into();
        let origin = Origin::File { name, line: 1 };
        let text = reader.files.read(&file);
        let text = text.map_err(|error| reader.tell("definition", format!("cannot be read: {error}"), &origin, ""));
        let custom = text.ok().and_then(|text| definition(reader, &file, text));
        let Some(custom) = custom else {
            are_good = false;
            continue;
        };
        let id = custom.facts().id;
        if taken.contains(id) || customs.iter().any(|other| other.facts().id == id) {
            reader.tell(
                "id",
                format!("another provider is called {id:?}"),
                &origin,
                "an id that no other provider has",
            );
            are_good = false;
        }
        customs.push(custom);
    }
    are_good.then_some(customs)
}

fn definition(reader: &Reader<'_>, file: &Path, text: String) -> Option<&'static Custom> {
    let key = (file.to_owned(), text);
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(custom) = known().get(&key) {
        return Some(*custom);
    }
    let name: Arc<str> = file.display().to_string().into();
    let root = yaml::read(&key.1, &|line| Origin::File { name: Arc::clone(&name), line });
    let root = root.map_err(|mistakes| reader.tell_all(mistakes)).ok()?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let before = reader.mistakes();
    let definition = reader.section(String::new(), &root, |section| definition::read(section, folder, &key.1))?;
    // A stranger among the keys is told, and yet the rest can be read.
    if reader.mistakes() > before {
        return None;
    }
    let custom = Custom::new(definition);
    known().insert(key, custom);
    Some(custom)
}

/// A text in one of the languages of definitions.
fn compiled<T>(compiled: Result<T, ::providers::custom::Uncompiled>) -> Result<T, Wrong> {
    compiled.map_err(|mistake| Wrong::allowed(format!("a text without this mistake: {mistake}")))
}

#[cfg(test)]
mod tests;
