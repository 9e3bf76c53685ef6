//! Digests and hashes.

use md5::Md5;
use sha2::{Digest, Sha256};

use super::{Context, RowFunction, arg, text::len};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "hash_sha256" => |_, cells| Cell::of(hex(&Sha256::digest(text(arg(cells, 0)).as_bytes()))),
        "hash_md5" => |_, cells| Cell::of(hex(&Md5::digest(text(arg(cells, 0)).as_bytes()))),
        "hash_sha1" => |_, cells| Cell::of(sha1_smol::Sha1::from(text(arg(cells, 0)).as_bytes()).digest().to_string()),
        "hash" | "hash_xxhash64" => hash,
        "hash_combine" => |_, cells| Cell::Long(combine(cells.iter().filter_map(Cell::long))),
        "hash_many" => |_, cells| Cell::Long(combine(cells.iter().map(|cell| xxhash(&bytes(cell))))),
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
    let hash = xxhash(&bytes(arg(cells, 0)));
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
        Cell::Text(text) => xxhash(text.as_bytes()),
        cell => xxhash(&bytes(cell)),
    }
}

/// Numbers as their eight bytes, all else as text.
fn bytes(cell: &Cell<'_>) -> Vec<u8> {
    match cell {
        Cell::Long(number) | Cell::Datetime(number) | Cell::Timespan(number) => number.to_le_bytes().to_vec(),
        Cell::Real(number) => number.to_le_bytes().to_vec(),
        other => other.text().as_bytes().to_vec(),
    }
}

const PRIME_1: u64 = 0x9E37_79B1_85EB_CA87;
const PRIME_2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const PRIME_3: u64 = 0x1656_67B1_9E37_79F9;
const PRIME_4: u64 = 0x85EB_CA77_C2B2_AE63;
const PRIME_5: u64 = 0x27D4_EB2F_1656_67C5;

/// XXH64 with seed 0, after the xxHash specification.
fn xxhash(bytes: &[u8]) -> i64 {
    let round =
        |lane: u64, word: u64| lane.wrapping_add(word.wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1);
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    let mut rest = bytes;
    let mut hash = if bytes.len() < 32 {
        PRIME_5
    } else {
        let mut lanes = [PRIME_1.wrapping_add(PRIME_2), PRIME_2, 0, 0_u64.wrapping_sub(PRIME_1)];
        while let Some((stripe, behind)) = rest.split_at_checked(32) {
            for (lane, part) in lanes.iter_mut().zip(stripe.chunks(8)) {
                *lane = round(*lane, word(part));
            }
            rest = behind;
        }
        let [a, b, c, d] = lanes;
        let mut hash = a
            .rotate_left(1)
            .wrapping_add(b.rotate_left(7))
            .wrapping_add(c.rotate_left(12))
            .wrapping_add(d.rotate_left(18));
        for lane in lanes {
            hash = (hash ^ round(0, lane)).wrapping_mul(PRIME_1).wrapping_add(PRIME_4);
        }
        hash
    };
    hash = hash.wrapping_add(len(bytes.len()).cast_unsigned());
    while let Some((part, behind)) = rest.split_at_checked(8) {
        hash = (hash ^ round(0, word(part))).rotate_left(27).wrapping_mul(PRIME_1).wrapping_add(PRIME_4);
        rest = behind;
    }
    if let Some((part, behind)) = rest.split_at_checked(4) {
        hash = (hash ^ word(part).wrapping_mul(PRIME_1)).rotate_left(23).wrapping_mul(PRIME_2).wrapping_add(PRIME_3);
        rest = behind;
    }
    for byte in rest {
        hash = (hash ^ u64::from(*byte).wrapping_mul(PRIME_5)).rotate_left(11).wrapping_mul(PRIME_1);
    }
    hash = (hash ^ hash >> 33).wrapping_mul(PRIME_2);
    hash = (hash ^ hash >> 29).wrapping_mul(PRIME_3);
    (hash ^ hash >> 32).cast_signed()
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
