//! Masks what identifies people and machines, so that what belongs together still does: the same value with the same key has
//! the same mask, everywhere and always, and without the key nobody gets back.
//!
//! Masks come from HMAC-SHA-256. Addresses stay addresses: special networks stay what they are, those that share a prefix
//! still do. Accounts and SIDs that every system has stay.

mod account;
mod address;
mod columns;
mod keyed;
#[cfg(test)]
mod tests;
mod value;

use std::str::FromStr;

use model::{Column, ColumnType, Table, TableError, Value};

pub use self::columns::default_masking;
use self::keyed::Keyed;

/// How a column is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Masking {
    /// A GUID by another.
    Uuid,
    /// An address by another of the same kind.
    Ip,
    /// A text by letters, a number by digits, as long as it is.
    Text,
    /// The values of an object, in whatever depth.
    Dict,
    /// The items of a list.
    List,
    /// A security identifier: the domain is masked, what stands for the account in it is not.
    Sid,
    /// An account, with or without its domain.
    Account,
    /// Removed.
    Null,
    /// The parts between any of these signs.
    Parts(String),
}

/// No way to mask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no way to mask; allowed are uuid, ip, str, dict, list, sid, acct, null, and signs that part, like @.:")]
pub struct NotAMasking;

impl FromStr for Masking {
    type Err = NotAMasking;

    fn from_str(text: &str) -> Result<Self, NotAMasking> {
        Ok(match text {
            "uuid" | "guid" => Self::Uuid,
            "ip" => Self::Ip,
            "str" => Self::Text,
            "dict" => Self::Dict,
            "list" => Self::List,
            "sid" => Self::Sid,
            "acct" => Self::Account,
            "null" => Self::Null,
            signs if !signs.is_empty() && !signs.contains(char::is_alphanumeric) => Self::Parts(signs.to_owned()),
            _ => return Err(NotAMasking),
        })
    }
}

impl Masking {
    /// The word for it in requests and answers.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Uuid => "uuid",
            Self::Ip => "ip",
            Self::Text => "str",
            Self::Dict => "dict",
            Self::List => "list",
            Self::Sid => "sid",
            Self::Account => "acct",
            Self::Null => "null",
            Self::Parts(signs) => signs,
        }
    }
}

/// Masks with one key.
#[derive(Debug)]
pub struct Mask(Keyed);

impl Mask {
    /// Begins with a key.
    pub fn new(key: &[u8]) -> Self {
        Self(Keyed::new(key))
    }

    /// The mask of a text.
    pub fn text(&self, text: &str, masking: &Masking) -> String {
        value::text(&self.0, text, masking)
    }

    /// Masks the columns for which there is a way. The table is used up, so that nothing of it is left unmasked.
    pub fn table(&self, table: Table, masking_of: impl Fn(&str) -> Option<Masking>) -> Result<Table, TableError> {
        let is_truncated = table.is_truncated();
        let columns = table.into_columns().into_iter();
        let masked = columns.map(|column| match masking_of(column.name()) {
            Some(masking) => self.column(&column, &masking),
            None => column,
        });
        let mut table = Table::new(masked.collect())?;
        if is_truncated {
            table.mark_truncated();
        }
        Ok(table)
    }

    /// A column keeps its type where a mask can have it, and holds texts otherwise.
    fn column(&self, column: &Column, masking: &Masking) -> Column {
        let kind = match column.kind() {
            ColumnType::Datetime | ColumnType::Timespan | ColumnType::Real | ColumnType::Bool | ColumnType::Decimal
                if *masking != Masking::Null =>
            {
                ColumnType::String
            }
            ColumnType::Int => ColumnType::Long,
            kind => kind,
        };
        let mut masked = Column::new(column.name(), kind);
        for cell in column.iter() {
            let value = value::cell(&self.0, &cell, masking);
            // Where a mask does not fit the type there is none, rather than the value.
            if masked.push(value).is_err() {
                let _ = masked.push(Value::Null);
            }
        }
        masked
    }
}
