//! Unpacks layer after layer.

use std::borrow::Cow;

use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::{
    Content, Decoded, Digests, FileType, Layer, Options, Outcome, Packing,
    archive::{self, Member},
    budget::Budget,
    codes::Decrypted,
    file_type::sniff,
    scan::{self, Found},
    text,
};

/// Unpacks one text.
pub(super) struct Unpacker<'o> {
    options: &'o Options,
    budget: &'o mut Budget,
    layers: Vec<Layer>,
    truncated: bool,
}

/// Where something was found.
struct Place {
    packing: Packing,
    parent: Option<usize>,
    member: Option<String>,
}

impl<'o> Unpacker<'o> {
    pub(super) const fn new(options: &'o Options, budget: &'o mut Budget) -> Self {
        Self { options, budget, layers: Vec::new(), truncated: false }
    }

    pub(super) fn unpack(mut self, text: &str) -> Decoded {
        let decoded = self.text(text, None);
        let text = match decoded {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some(text),
        };
        Decoded { layers: self.layers, text, truncated: self.truncated }
    }

    /// Unpacks what is encoded in a text, and gives the text with it in place.
    fn text<'t>(&mut self, text: &'t str, parent: Option<usize>) -> Cow<'t, str> {
        let found = scan::find(text, self.budget.layers().saturating_add(1), self.options);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut decoded = String::new();
        let mut end = 0;
        for Found { range, decrypted: Decrypted { packing, bytes, file_type } } in found {
            let original = text.get(range.clone()).unwrap_or_default();
            let Some(number) = self.add(Place { packing, parent, member: None }) else { break };
            let unpacked = if self.is_too_deep(number) {
                self.end(number, Outcome::TooDeep);
                None
            } else {
                let bytes = self.budget.take(bytes);
                self.layer(number, bytes, file_type)
            };
            decoded.push_str(text.get(end..range.start).unwrap_or_default());
            decoded.push_str(unpacked.as_deref().unwrap_or(original));
            end = range.end;
            if let Some(layer) = self.layers.get_mut(number) {
                (layer.original, layer.range) = (Some(original.to_owned()), Some(range));
            }
        }
        decoded.push_str(text.get(end..).unwrap_or_default());
        Cow::Owned(decoded)
    }

    /// Adds an empty layer, if there may be one more.
    fn add(&mut self, place: Place) -> Option<usize> {
        if !self.budget.take_layer() {
            self.truncated = true;
            return None;
        }
        let Place { packing, parent, member } = place;
        let siblings = self.layers.iter().filter(|layer| layer.parent == parent).count();
        let above = parent.and_then(|parent| self.layers.get(parent));
        let index =
            above.map_or_else(|| (siblings + 1).to_string(), |above| format!("{}.{}", above.index, siblings + 1));
        let depth = above.map_or(1, |above| above.depth + 1);
        self.layers.push(Layer {
            index,
            parent,
            depth,
            packing,
            outcome: Outcome::Decoded,
            member,
            file_type: None,
            size: None,
            content: Content::None,
            digests: None,
            original: None,
            range: None,
        });
        Some(self.layers.len() - 1)
    }

    fn is_too_deep(&self, number: usize) -> bool {
        self.layers.get(number).is_some_and(|layer| layer.depth > self.options.max_depth)
    }

    fn end(&mut self, number: usize, outcome: Outcome) {
        if let Some(layer) = self.layers.get_mut(number) {
            layer.outcome = outcome;
        }
    }

    /// Fills a layer, and unpacks what is in it. Gives its text, if it is one, with what is encoded in that in place.
    fn layer(&mut self, number: usize, bytes: Result<Vec<u8>, Outcome>, known: Option<FileType>) -> Option<String> {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(outcome) => {
                self.end(number, outcome);
                return None;
            }
        };
        let text = if known.is_none() { text::read(&bytes) } else { None };
        let file_type = known.or_else(|| if text.is_none() { sniff(&bytes) } else { None });
        let layer = self.layers.get_mut(number)?;
        (layer.size, layer.digests, layer.file_type) = (Some(bytes.len()), Some(digests(&bytes)), file_type);
        if layer.member.as_deref().is_some_and(archive::is_unsafe) {
            layer.outcome = Outcome::UnsafeName;
        }
        if let Some((encoding, text)) = text {
            let unpacked = self.text(&text, Some(number)).into_owned();
            self.layers.get_mut(number)?.content = Content::Text(encoding, text);
            return Some(unpacked);
        }
        if let Some(file_type) = file_type.filter(|file_type| file_type.is_opened()) {
            return self.archive(number, file_type, &bytes);
        }
        layer.content = Content::Bytes(bytes);
        None
    }

    /// Unpacks the members of an archive. A stream has one, whose text stands for the whole.
    fn archive(&mut self, number: usize, file_type: FileType, bytes: &[u8]) -> Option<String> {
        if self.layers.get(number).is_some_and(|layer| layer.depth >= self.options.max_depth) {
            self.end(number, Outcome::TooDeep);
            return None;
        }
        // Members are read one by one: what is open of them is what the budget has let through.
        let mut members = Vec::new();
        let opened = archive::open(file_type, bytes, self.budget, |_, member| members.push(member));
        if let Err(outcome) = opened {
            self.end(number, outcome);
        }
        let is_stream = !matches!(file_type, FileType::Zip | FileType::Tar);
        let mut text = None;
        for Member { name, bytes } in members {
            let place = Place { packing: Packing::Member(file_type), parent: Some(number), member: name };
            let Some(member) = self.add(place) else { break };
            text = self.layer(member, bytes, None);
        }
        text.filter(|_| is_stream)
    }
}

fn digests(bytes: &[u8]) -> Digests {
    Digests {
        md5: hex::encode(Md5::digest(bytes)),
        sha1: sha1_smol::Sha1::from(bytes).digest().to_string(),
        sha256: hex::encode(Sha256::digest(bytes)),
    }
}
