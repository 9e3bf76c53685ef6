//! Indicators of compromise in a text: addresses, names, URLs, e-mail addresses, digests and paths, defanged or not.
//!
//! Nothing is found in part: an address inside a name, a name that goes on, digits inside longer digits are none.
//!
//! - **ipv4**: four numbers up to 255 without leading zeros, with neither a fifth nor letters at either end, and not where
//!   the text says that it is a version (`Version=4.0.0.0`, `Java/11.0.9.1`). The one that an IPv6 address maps counts too.
//! - **ipv6**: what RFC 4291 allows, but no time, no hardware address, no piece of code (`::`, `a::b`, `list[::2]`).
//! - **domain**: a public suffix and a label before it, and no file or code in disguise (see `disguise`). The hosts of
//!   URLs and e-mail addresses count too.
//! - **url**: a scheme and a host, which may be a name without a public suffix. It ends before what no URL contains,
//!   before a bracket or quote that was opened outside of it, and before punctuation. URLs, names and addresses in its path
//!   and query are found too, percent-encoded or not.
//! - **email**: a domain after `@`, or a name as directories have them (`user@corp.local`).
//! - **md5, sha1, sha256**: by length. Neither decimal numbers, nor text in hexadecimal, nor patterns (`0000…`).
//! - **windows_path, linux_path**: only when asked for.
//!
//! Signs that JSON or percent-encoding has escaped are seen through, because texts from logs are full of them. Host names
//! without a public suffix are words like others, and are not looked for.

mod address;
mod digest;
mod disguise;
mod email;
mod found;
mod kinds;
mod name;
mod path;
mod plain;
mod scan;
mod signs;
#[cfg(test)]
mod tests;
mod text;
mod url;

use model::{KindHint, Observable, ObservableKind};
use serde::Serialize;

pub use self::kinds::Kinds;
use self::{found::Found, plain::plain, scan::Scanner, text::Text};

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The kinds to look for. Host names are never found.
    pub kinds: Kinds,
    /// Whether defanged spellings (`hxxp`, `[.]`, `[at]`) are found.
    pub defanged: bool,
    /// At most so many are found. Ask for one more than you can use to learn whether there are more.
    pub max_items: usize,
}

impl Default for Options {
    /// Everything but paths, defanged or not, up to 10,000.
    fn default() -> Self {
        Self { kinds: Kinds::default(), defanged: true, max_items: 10_000 }
    }
}

/// Something that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ioc<'t> {
    /// What kind of thing it is.
    pub kind: ObservableKind,
    /// How it is spelt where it stands first.
    pub value: &'t str,
    /// Refanged and normalised: one form for every spelling.
    pub canonical: String,
    /// How often it stands in the text, in any spelling.
    pub count: usize,
    /// Where it stands first: how many bytes of UTF-8 come before it.
    pub first_offset: usize,
}

impl Ioc<'_> {
    /// The observable that it is: its value is the spelling without what the text around it did to it, still defanged.
    pub fn observable(&self) -> Option<Observable> {
        Observable::parse(&plain(self.kind, self.value), Some(KindHint::Exactly(self.kind))).ok()
    }
}

/// Finds indicators in a text: each once, in order of first appearance. The time is linear in the length of the text.
pub fn extract_iocs<'t>(text: &'t str, options: &Options) -> Vec<Ioc<'t>> {
    let mut found = Found::new(*options);
    Scanner::new(Text::new(text, options.defanged), &mut found, options.kinds).scan(0);
    found.into_iocs()
}
