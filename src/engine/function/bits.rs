//! Bits of whole numbers.

use super::{RowFunction, arg};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "binary_and" => |_, cells| pair(cells, |a, b| a & b),
        "binary_or" => |_, cells| pair(cells, |a, b| a | b),
        "binary_xor" => |_, cells| pair(cells, |a, b| a ^ b),
        "binary_not" => |_, cells| arg(cells, 0).long().map(|number| !number).into(),
        "binary_shift_left" => |_, cells| pair(cells, |a, b| shift(b).map_or(0, |b| a.wrapping_shl(b))),
        "binary_shift_right" => |_, cells| pair(cells, |a, b| shift(b).map_or(0, |b| a.wrapping_shr(b))),
        "bitset_count_ones" => |_, cells| arg(cells, 0).long().map(|number| i64::from(number.count_ones())).into(),
        "tohex" => |_, cells| match arg(cells, 0).long() {
            Some(number) => {
                let width = arg(cells, 1).long().and_then(|width| usize::try_from(width).ok()).unwrap_or(0).min(64);
                Cell::of(format!("{number:0width$x}"))
            }
            None => Cell::Null,
        },
        _ => return None,
    })
}

fn pair<'a>(cells: &[Cell<'a>], of: fn(i64, i64) -> i64) -> Cell<'a> {
    arg(cells, 0).long().zip(arg(cells, 1).long()).map(|(a, b)| of(a, b)).into()
}

fn shift(bits: i64) -> Option<u32> {
    u32::try_from(bits).ok().filter(|bits| *bits < 64)
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    #[test]
    fn numbers_have_bits() {
        assert_eq!(run("bitset_count_ones", ColumnType::Long, &[Cell::Long(42)]), Cell::Long(3));
        assert_eq!(run("tohex", ColumnType::String, &[Cell::Long(256), Cell::Long(8)]), Cell::of("00000100"));
        assert_eq!(run("tohex", ColumnType::String, &[Cell::Long(-1)]), Cell::of("ffffffffffffffff"));
        assert_eq!(run("binary_shift_left", ColumnType::Long, &[Cell::Long(1), Cell::Long(70)]), Cell::Long(0));
    }
}
