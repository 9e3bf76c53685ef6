//! The place where a value stands: in a literal, in the open, in a comment, and in what that in turn is wrapped.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Literal, Unwritable, literal::is_line_break};

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) spot: Spot,
    pub(crate) layer: Layer,
}

/// Where in the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spot {
    /// Where words mean something: a text here is part of the query.
    Open,
    /// Inside of a literal.
    Literal(&'static Literal),
    /// Inside of a comment.
    Comment,
    /// A whole segment of a path.
    Segment,
    /// A text of the wrapping, where nothing is part of the query.
    Text,
}

/// What the language is wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Nothing.
    None,
    /// A string of JSON.
    Json,
    /// The query string of an address.
    Address,
}

/// What a query string gives a meaning to. The rest may stand as it is: a reader of addresses encodes it.
const QUERY: &AsciiSet = &CONTROLS.add(b'%').add(b'&').add(b'#').add(b'+');

/// What stands in a path for itself (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Place {
    /// Whether a text here is part of the query.
    pub(crate) fn is_open(&self) -> bool {
        self.spot == Spot::Open
    }

    /// Appends a text as this place needs it. In the open nothing is changed but for the wrapping.
    pub(crate) fn write(&self, value: &str, out: &mut String) -> Result<(), Unwritable> {
        if self.layer == Layer::None {
            return self.spot.write(value, out);
        }
        let mut inner = String::with_capacity(value.len());
        self.spot.write(value, &mut inner)?;
        self.layer.write(&inner, out);
        Ok(())
    }
}

impl Spot {
    fn write(self, value: &str, out: &mut String) -> Result<(), Unwritable> {
        match self {
            Self::Open | Self::Text => out.push_str(value),
            Self::Literal(literal) => literal.write(value, out)?,
            Self::Comment => {
                let value = value.replace(is_line_break, " ");
                out.push_str(&value.replace('*', " "));
            }
            // A segment of dots would climb.
            Self::Segment if matches!(value, "" | "." | "..") => return Err(Unwritable),
            Self::Segment => out.extend(utf8_percent_encode(value, SEGMENT)),
        }
        Ok(())
    }
}

impl Layer {
    fn write(self, text: &str, out: &mut String) {
        match self {
            Self::None => out.push_str(text),
            Self::Address => out.extend(utf8_percent_encode(text, QUERY)),
            Self::Json => {
                for found in text.chars() {
                    match found {
                        '"' | '\\' => out.extend(['\\', found]),
                        '\n' => out.push_str("\\n"),
                        _ if found.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(found))),
                        _ => out.push(found),
                    }
                }
            }
        }
    }
}
