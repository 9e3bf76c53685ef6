//! Digests and hashes.

use md5::Md5;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh64::xxh64;

use super::{Context, RowFunction, arg};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "hash_sha256" => |_, cells| Cell::of(hex(&Sha256::digest(text(arg(cells, 0)).as_bytes()))),
        "hash_md5" => |_, cells| Cell::of(hex(&Md5::digest(text(arg(cells, 0)).as_bytes()))),
        "hash_sha1" => |_, cells| Cell::of(sha1_smol::Sha1::from(text(arg(cells, 0)).as_bytes()).digest().to_string()),
        "hash" | "hash_xxhash64" => hash,
        "hash_combine" => |_, cells| Cell::Long(combine(cells.iter().filter_map(Cell::long))),
        "hash_many" => |_, cells| Cell::Long(combine(cells.iter().map(hash_of))),
        _ => return None,
    })
}

fn text(cell: &Cell<'_>) -> String {
    cell.text().into_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let hash = hash_of(arg(cells, 0));
    match arg(cells, 1).long() {
        Some(modulus) if modulus > 0 => {
            Cell::Long(hash.cast_unsigned().rem_euclid(modulus.unsigned_abs()).cast_signed())
        }
        _ => Cell::Long(hash),
    }
}

fn combine(hashes: impl Iterator<Item = i64>) -> i64 {
    hashes.fold(0, |all: i64, hash| all.rotate_left(5) ^ hash.wrapping_mul(-7_046_029_288_634_856_825))
}

/// A hash of a value.
pub(crate) fn hash_of(cell: &Cell<'_>) -> i64 {
    match cell {
        Cell::Long(number) | Cell::Datetime(number) | Cell::Timespan(number) => xxhash(&number.to_le_bytes()),
        Cell::Real(number) => xxhash(&number.to_le_bytes()),
        Cell::Text(text) => xxhash(text.as_bytes()),
        other => xxhash(other.text().as_bytes()),
    }
}

/// XXH64 with seed 0, as Kusto has it.
fn xxhash(bytes: &[u8]) -> i64 {
    xxh64(bytes, 0).cast_signed()
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    #[test]
    fn xxhash_gives_the_published_values() {
        assert_eq!(xxhash(b"").cast_unsigned(), 0xEF46_DB37_51D8_E999);
        assert_eq!(xxhash(b"a").cast_unsigned(), 0xD24E_C4F1_A98C_6E5B);
        assert_eq!(xxhash(b"abc").cast_unsigned(), 0x44BC_2CF5_AD77_0999);
        // As Kusto's documentation has it.
        assert_eq!(xxhash(b"World"), 1_846_988_464_401_551_951);
    }

    #[test]
    fn digests_are_of_the_text() {
        let digest = run("hash_sha256", ColumnType::String, &[Cell::of("World")]);
        assert_eq!(digest.text(), "78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524");
    }
}
