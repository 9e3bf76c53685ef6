//! Fetching one object into a file, piece by piece: it is never whole in memory.

use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use object_store::{Attribute, GetOptions, GetRange, GetResult, ObjectStore};
use sources::{Trouble, TroubleKind};
use tokio::{fs, io::AsyncWriteExt as _};

use super::{cache::packed_as, listing::Object, transport::trouble_of};

/// How often fetching goes on where it was cut off.
const RESUMES: u32 = 2;

/// Fetches an object. The file that it gives has the object's own name at its end, and says how the object is packed.
pub(super) async fn download(store: &dyn ObjectStore, object: &Object, file: PathBuf) -> Result<PathBuf, Trouble> {
    let fetched = fetch(store, object, &file).await;
    if fetched.is_err() {
        // It may not even have been made.
        let _ = fs::remove_file(&file).await;
    }
    let packing = fetched?;
    if packing.is_empty() {
        return Ok(file);
    }
    let named = packed_as(&file, packing);
    fs::rename(&file, &named).await.map_err(|_| unwritable())?;
    Ok(named)
}

/// Writes the object's bytes, and says which ending its name lacks.
async fn fetch(store: &dyn ObjectStore, object: &Object, file: &Path) -> Result<&'static str, Trouble> {
    let mut into = fs::File::create(file).await.map_err(|_| unwritable())?;
    let (mut done, mut etag, mut packing, mut resumes) = (0, None, "", 0);
    loop {
        let range = (done > 0).then_some(GetRange::Offset(done));
        let options = GetOptions { range, if_match: etag.clone(), ..GetOptions::default() };
        let result = store.get_opts(&object.location, options).await.map_err(|error| trouble_of(&error))?;
        if done == 0 {
            if !is_same(object, &result) {
                return Err(changed());
            }
            packing = missing_ending(&object.name, &result)?;
            etag = result.meta.e_tag.clone();
        }
        let mut pieces = result.into_stream();
        let mut cut_off = None;
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => {
                    done += piece.len() as u64;
                    if done > object.bytes {
                        return Err(changed());
                    }
                    into.write_all(&piece).await.map_err(|_| unwritable())?;
                }
                Err(error) => {
                    cut_off = Some(trouble_of(&error));
                    break;
                }
            }
        }
        match cut_off {
            None if done == object.bytes => break,
            None => return Err(changed()),
            Some(trouble) if resumes == RESUMES || etag.is_none() => return Err(trouble),
            Some(_) => resumes += 1,
        }
    }
    into.flush().await.map_err(|_| unwritable())?;
    Ok(packing)
}

/// Whether the object is the one that was listed. Some stores put its mark between quotes in one place and not in another.
fn is_same(object: &Object, result: &GetResult) -> bool {
    let plain = |etag: &Option<String>| etag.as_ref().map(|etag| etag.trim_matches('"').to_owned());
    match (plain(&object.etag), plain(&result.meta.e_tag)) {
        (Some(listed), Some(given)) => listed == given,
        _ => true,
    }
}

/// The ending that an object's name lacks if the store says that it is packed.
fn missing_ending(name: &str, result: &GetResult) -> Result<&'static str, Trouble> {
    let coding = result.attributes.get(&Attribute::ContentEncoding).map(|coding| coding.as_ref().trim().to_lowercase());
    let ending = match coding.as_deref() {
        None | Some("" | "identity" | "aws-chunked" | "utf-8") => "",
        Some("gzip" | "x-gzip") => ".gz",
        Some("zstd") => ".zst",
        Some(_) => return Err(Trouble::new(TroubleKind::Unreadable, "it is packed in a way that is not read")),
    };
    let is_named = [".gz", ".zst", ".zstd"].iter().any(|known| name.to_lowercase().ends_with(known));
    Ok(if is_named { "" } else { ending })
}

fn changed() -> Trouble {
    Trouble::new(TroubleKind::Incomplete, "it changed while it was fetched")
}

fn unwritable() -> Trouble {
    Trouble::new(TroubleKind::Failed, "the service has no room to write it")
}
