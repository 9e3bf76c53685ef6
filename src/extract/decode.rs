//! What is encoded in a text: base64, hexadecimal and percent-encoding, archives and compressed streams in them, layer
//! under layer.
//!
//! Something counts as encoded when what comes out is a text or a file of a known type, or when a long run can hardly be
//! anything but base64. Nothing is written anywhere, and nothing is unpacked beyond the limits: a layer that is too deep,
//! too large or suspiciously small before unpacking is there, without content, and says so.

mod archive;
mod budget;
mod codes;
mod file_type;
mod layers;
mod scan;
#[cfg(test)]
mod tests;
mod text;

use std::ops::Range;

use self::{budget::Budget, layers::Unpacker};
pub use self::{codes::Codes, file_type::FileType, text::Encoding};

/// How much is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// What is looked for in texts.
    pub codes: Codes,
    /// Layers in layers: at most so deep.
    pub max_depth: u32,
    /// Bytes of all layers together.
    pub max_bytes: usize,
    /// How many times its size a compressed piece may become; below a megabyte nobody counts.
    pub max_ratio: usize,
    /// Layers in all.
    pub max_layers: usize,
    /// The shortest run of base64, padding aside, that needs no further sign that it is one.
    pub min_length: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            codes: Codes::default(),
            max_depth: 10,
            max_bytes: 32 << 20,
            max_ratio: 200,
            max_layers: 10_000,
            min_length: 30,
        }
    }
}

/// How a layer was packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Base64, in either alphabet.
    Base64,
    /// Hexadecimal digits, or `\x` escapes.
    Hex,
    /// Percent-encoding.
    Url,
    /// A member of an archive, or what a compressed stream holds.
    Member(FileType),
}

impl Packing {
    /// The word for it in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Url => "url",
            Self::Member(file_type) => file_type.as_str(),
        }
    }
}

/// How unpacking a layer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Decoded,
    /// It lies deeper than allowed, and was left as it is.
    TooDeep,
    /// It would pass the limit for all layers together.
    TooLarge,
    /// It grows more than anything but a bomb does.
    RatioExceeded,
    /// It has more members than are read.
    TooManyMembers,
    /// It cannot be read to the end.
    Corrupt,
    /// It needs a password.
    Encrypted,
    /// It is packed in a way that is not understood.
    Unsupported,
    /// It was decoded, and its name leads out of the place that it would be unpacked to.
    UnsafeName,
    /// It is a link to elsewhere, without content.
    Link,
}

impl Outcome {
    /// The word for it in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decoded => "decoded",
            Self::TooDeep => "too_deep",
            Self::TooLarge => "too_large",
            Self::RatioExceeded => "ratio_exceeded",
            Self::TooManyMembers => "too_many_members",
            Self::Corrupt => "corrupt",
            Self::Encrypted => "encrypted",
            Self::Unsupported => "unsupported",
            Self::UnsafeName => "unsafe_name",
            Self::Link => "link",
        }
    }
}

/// What a layer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text, and how it was encoded.
    Text(Encoding, String),
    /// Anything else.
    Bytes(Vec<u8>),
    /// Nothing that is shown here: it is an archive, whose members are the next layers, or was not decoded.
    None,
}

/// The digests of a layer, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// MD5.
    pub md5: String,
    /// SHA-1.
    pub sha1: String,
    /// SHA-256.
    pub sha256: String,
}

/// One thing that was unpacked from a text or from another layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its place among the layers: `2.1` is the first in the second.
    pub index: String,
    /// The number of the layer that it was in.
    pub parent: Option<usize>,
    /// 1 for what stands in the text itself.
    pub depth: u32,
    /// How it was packed.
    pub packing: Packing,
    /// How unpacking it ended.
    pub outcome: Outcome,
    /// Its name in an archive.
    pub member: Option<String>,
    /// What kind of file it is.
    pub file_type: Option<FileType>,
    /// How many bytes it has.
    pub size: Option<usize>,
    /// What it holds.
    pub content: Content,
    /// Its digests.
    pub digests: Option<Digests>,
    /// What stood in the text around it.
    pub original: Option<String>,
    /// Which bytes of that text these were.
    pub range: Option<Range<usize>>,
}

/// What was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Every layer after the one that it was in.
    pub layers: Vec<Layer>,
    /// The text with what was encoded in it decoded, as far as that is text; nothing when nothing was.
    pub text: Option<String>,
    /// Whether there is more than [`Options::max_layers`].
    pub truncated: bool,
}

/// Decodes texts, one after the other, within one set of limits.
#[derive(Debug)]
pub struct Decoder {
    options: Options,
    budget: Budget,
}

impl Decoder {
    /// Begins with all limits unspent.
    pub const fn new(options: Options) -> Self {
        Self { budget: Budget::new(&options), options }
    }

    /// Finds every layer in a text. The time is linear in its length and in what is unpacked.
    pub fn decode(&mut self, text: &str) -> Decoded {
        Unpacker::new(&self.options, &mut self.budget).unpack(text)
    }
}

/// Decodes one text.
pub fn decode(text: &str, options: Options) -> Decoded {
    Decoder::new(options).decode(text)
}
