//! The stored functions of a source: those of ASIM that are compiled in, and the operator's own files over them. They are
//! parsed once; a file that can't be read is told and takes nothing else down.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use kql::{Functions, MAX_QUERY_BYTES, Mistakes, StoredFunction};
use sources::{ASIM, ASIM_NAMES, Trouble, TroubleKind, read_parser};

use crate::templates::files;

/// Files of other kinds that lie beside them are left alone.
const EXTENSIONS: [&str; 4] = ["kql", "csl", "yaml", "yml"];

/// The functions of ASIM. What is wrong with them shows in tests; here it takes its file down.
static BUILT_IN: LazyLock<Functions> = LazyLock::new(|| {
    let mut functions = Functions::default();
    for (_, text) in ASIM {
        StoredFunction::of_commands(text).into_iter().flatten().for_each(|function| functions.insert(function));
    }
    for (name, others) in ASIM_NAMES {
        let Some(function) = functions.find(name).cloned() else { continue };
        others.iter().for_each(|other| functions.insert(function.renamed(other)));
    }
    functions
});

/// Functions, and what is wrong with files of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    pub(super) functions: Arc<Functions>,
    wrong: Vec<String>,
}

impl Kept {
    /// Reads files and folders. Blocks. Of two functions of one name the later counts.
    pub(super) fn read(paths: &[PathBuf]) -> Self {
        let mut functions = BUILT_IN.clone();
        let mut wrong = Vec::new();
        for path in paths {
            match files(path, &EXTENSIONS) {
                Ok(files) => {
                    for file in files {
                        match read_file(&file) {
                            Ok(read) => read.into_iter().for_each(|function| functions.insert(function)),
                            Err(why) => wrong.push(format!("{}: {why}", file.display())),
                        }
                    }
                }
                Err(error) => wrong.push(format!("{}: cannot be read: {error}", path.display())),
            }
        }
        for why in &wrong {
            tracing::warn!(%why, "a file of functions is left out");
        }
        Self { functions: Arc::new(functions), wrong }
    }

    /// What is wrong, for whoever asks for the schema.
    pub(super) fn troubles(&self) -> impl Iterator<Item = Trouble> + '_ {
        self.wrong.iter().map(|why| Trouble::new(TroubleKind::Incomplete, why.clone()))
    }
}

/// The functions of a file.
fn read_file(path: &Path) -> Result<Vec<StoredFunction>, String> {
    let unreadable = |error| format!("cannot be read: {error}");
    if fs::metadata(path).map_err(unreadable)?.len() > MAX_QUERY_BYTES as u64 {
        return Err(format!("it has more than {MAX_QUERY_BYTES} bytes"));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let text = text.trim_start_matches('\u{feff}');
    let extension = path.extension().unwrap_or_default();
    if extension == "yaml" || extension == "yml" {
        let parser = read_parser(text)?;
        let [name, others @ ..] = parser.names.as_slice() else { return Ok(Vec::new()) };
        let function = StoredFunction::of_parts(name, &parser.parameters, &parser.body).map_err(|of| told(&of))?;
        let others = others.iter().map(|name| function.renamed(name)).collect::<Vec<_>>();
        return Ok([function].into_iter().chain(others).collect());
    }
    if is_command(text) {
        return StoredFunction::of_commands(text).map_err(|mistakes| told(&mistakes));
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    StoredFunction::of_parts(&name, "", text).map(|function| vec![function]).map_err(|mistakes| told(&mistakes))
}

/// Whether a text begins, behind its comments, with a command.
fn is_command(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).skip_while(|line| line.is_empty() || line.starts_with("//"));
    lines.next().is_some_and(|line| line.starts_with('.'))
}

fn told(mistakes: &Mistakes) -> String {
    mistakes.0.first().map(kql::Mistake::told).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_that_is_compiled_in_is_right_and_has_its_other_names() {
        for (file, text) in ASIM {
            let functions =
                StoredFunction::of_commands(text).unwrap_or_else(|wrong| panic!("{file}: {}", told(&wrong)));
            assert!(!functions.is_empty(), "{file}");
        }
        for (name, others) in ASIM_NAMES {
            assert!(others.iter().chain([name]).all(|name| BUILT_IN.find(name).is_some()), "{name}");
        }
    }
}
