//! What has been found so far: each thing once, with the number of times and the place where it stood first.

use std::collections::HashMap;

use model::{KindHint, Observable, ObservableKind};

use super::{Ioc, Options, plain::plain};

/// So many spellings are remembered, so that a text that repeats itself is judged once.
const MAX_SPELLINGS: usize = 1 << 16;

/// The things found in one text.
pub(super) struct Found<'t> {
    options: Options,
    iocs: Vec<Ioc<'t>>,
    spellings: HashMap<(ObservableKind, &'t str), Option<usize>>,
    places: HashMap<(ObservableKind, String), usize>,
}

impl<'t> Found<'t> {
    pub(super) fn new(options: Options) -> Self {
        Self { options, iocs: Vec::new(), spellings: HashMap::new(), places: HashMap::new() }
    }

    /// Adds what the scanner takes for one of a kind. Gives whether it is; what nobody asked for is not checked.
    pub(super) fn add(&mut self, kind: ObservableKind, value: &'t str, offset: usize) -> bool {
        if !self.options.kinds.contains(kind) {
            return true;
        }
        let place = match self.spellings.get(&(kind, value)) {
            Some(place) => *place,
            None => {
                let place = self.place(kind, value, offset);
                if self.spellings.len() < MAX_SPELLINGS {
                    self.spellings.insert((kind, value), place);
                }
                place
            }
        };
        let ioc = place.and_then(|place| self.iocs.get_mut(place));
        ioc.map(|ioc| ioc.count += 1).is_some()
    }

    /// Where a thing stands in the list, new or not.
    fn place(&mut self, kind: ObservableKind, value: &'t str, first_offset: usize) -> Option<usize> {
        let observable = Observable::parse(&plain(kind, value), Some(KindHint::Exactly(kind))).ok()?;
        let canonical = observable.canonical().to_owned();
        let key = (kind, canonical);
        if let Some(place) = self.places.get(&key) {
            return Some(*place);
        }
        if self.iocs.len() >= self.options.max_items {
            return None;
        }
        let place = self.iocs.len();
        self.iocs.push(Ioc { kind, value, canonical: key.1.clone(), count: 0, first_offset });
        self.places.insert(key, place);
        Some(place)
    }

    /// Everything found, in order of first appearance.
    pub(super) fn into_iocs(mut self) -> Vec<Ioc<'t>> {
        self.iocs.sort_by_key(|ioc| ioc.first_offset);
        self.iocs
    }
}
