//! The files below a folder, and whether they are still the same.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Folders below folders; deeper ones are not looked into.
const MAX_DEPTH: usize = 12;

/// What tells that a file has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) bytes: u64,
    pub(super) modified: Option<SystemTime>,
}

/// All files that may hold logs. Hidden ones are left out, and so are links: they could lead anywhere.
pub(super) fn walk(root: &Path) -> io::Result<BTreeMap<PathBuf, Stamp>> {
    let mut found = BTreeMap::new();
    visit(root, 0, &mut found)?;
    Ok(found)
}

fn visit(folder: &Path, depth: usize, found: &mut BTreeMap<PathBuf, Stamp>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with(['.', '_']);
        // A file that was there a moment ago may be gone.
        let (Ok(kind), false) = (entry.file_type(), is_hidden) else { continue };
        if kind.is_dir() && depth < MAX_DEPTH {
            // A folder that may not be read hides its files only.
            let _ = visit(&entry.path(), depth + 1, found);
        } else if kind.is_file()
            && super::format::is_known(&entry.path())
            && let Ok(metadata) = entry.metadata()
        {
            found.insert(entry.path(), Stamp { bytes: metadata.len(), modified: metadata.modified().ok() });
        }
    }
    Ok(())
}
