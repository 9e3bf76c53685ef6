//! The catalogue of query templates: the pack that is compiled in, and the operator's own files over it.
//!
//! A mistake in a file is told and counts for its query alone; nothing here stops the service.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;
use sources::{Environment, Mistake, PACK, Template, read_file};

use crate::settings::TemplateSettings;

/// Folders within folders, at most.
const DEPTH: usize = 8;

/// Extensions of files that hold YAML.
pub const YAML: [&str; 2] = ["yaml", "yml"];

/// Environment, family, name.
type Address = (Arc<str>, Arc<str>, Arc<str>);

/// Every template under its addresses. Cheap to clone; what is read stays the same while it is looked at.
#[derive(Clone)]
pub struct Catalogue(Arc<ArcSwap<Shelf>>);

/// What the catalogue holds at one time.
#[derive(Default)]
pub struct Shelf {
    templates: BTreeMap<Address, Shelved>,
    mistakes: Vec<Mistake>,
}

/// A template and whose it is.
#[derive(Debug, Clone)]
pub struct Shelved {
    /// The template.
    pub template: Arc<Template>,
    /// Whether it is part of the pack.
    pub is_of_pack: bool,
}

impl Catalogue {
    /// Reads the pack and the operator's files. Blocks.
    pub fn load(settings: &TemplateSettings) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(Shelf::read(settings))))
    }

    /// Reads everything anew. Blocks.
    pub fn swap(&self, settings: &TemplateSettings) {
        self.0.store(Arc::new(Shelf::read(settings)));
    }

    /// What is there now.
    pub fn shelf(&self) -> Arc<Shelf> {
        self.0.load_full()
    }

    /// The template at an address. The environment may be one of its aliases.
    pub fn find(&self, environment: &str, family: &str, name: &str) -> Option<Arc<Template>> {
        self.shelf().find(environment, family, name).map(|shelved| Arc::clone(&shelved.template))
    }
}

impl Shelf {
    fn read(settings: &TemplateSettings) -> Self {
        let mut shelf = Self::default();
        for (name, text) in PACK {
            shelf.add(name, text, true);
        }
        for path in &settings.paths {
            match files(path, &YAML) {
                Ok(files) => {
                    for file in files {
                        let name = file.display().to_string();
                        match fs::read_to_string(&file) {
                            Ok(text) => shelf.add(&name, &text, false),
                            Err(error) => shelf.tell(&name, &error),
                        }
                    }
                }
                Err(error) => shelf.tell(&path.display().to_string(), &error),
            }
        }
        for mistake in &shelf.mistakes {
            tracing::warn!(%mistake, "a query template is left out");
        }
        shelf
    }

    fn add(&mut self, name: &str, text: &str, is_of_pack: bool) {
        let file = read_file(name, text);
        self.mistakes.extend(file.mistakes);
        for template in file.templates {
            for environment in &template.environments {
                for family in &template.families {
                    let address = (environment.name().into(), Arc::clone(family), Arc::clone(&template.name));
                    self.templates.insert(address, Shelved { template: Arc::clone(&template), is_of_pack });
                }
            }
        }
    }

    fn tell(&mut self, file: &str, error: &io::Error) {
        let what = format!("cannot be read: {error}");
        self.mistakes.push(Mistake { file: file.into(), line: 1, path: String::new(), what });
    }

    /// The template at an address. The environment may be one of its aliases.
    pub fn find(&self, environment: &str, family: &str, name: &str) -> Option<&Shelved> {
        let environment = Environment::named(environment);
        self.templates.get(&(environment.name().into(), family.into(), name.into()))
    }

    /// Every address with its template, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Shelved)> {
        self.templates.iter().map(|((environment, family, _), shelved)| (&**environment, &**family, shelved))
    }

    /// What was left out, and why.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

/// The files with one of these extensions that a path stands for, in their order.
pub fn files(path: &Path, extensions: &[&str]) -> io::Result<Vec<PathBuf>> {
    files_below(path, extensions, DEPTH)
}

fn files_below(path: &Path, extensions: &[&str], depth: usize) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            if depth > 0 {
                found.extend(files_below(&entry, extensions, depth - 1)?);
            }
        } else if entry.extension().is_some_and(|own| extensions.iter().any(|extension| own == *extension)) {
            found.push(entry);
        }
    }
    Ok(found)
}
