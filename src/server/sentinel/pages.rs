//! Lists that Azure gives in pages of its own, cut into the parts that a caller wants.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value as Json;

use super::input::Mistake;

/// Where a part begins: in one of Azure's pages, after some of its objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The token by which the page is known; none: the first.
    pub token: Option<String>,
    /// Objects of it that came before.
    pub skip: usize,
}

impl Place {
    /// Reads a cursor; none: the beginning.
    pub fn read(cursor: Option<&str>) -> Result<Self, Mistake> {
        let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(Self::default()) };
        let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let place = text.as_deref().and_then(|text| {
            let (skip, token) = text.split_once(':')?;
            Some(Self { token: Some(token.to_owned()).filter(|token| !token.is_empty()), skip: skip.parse().ok()? })
        });
        place.ok_or_else(|| Mistake::at("/cursor", "not the `next` of a page"))
    }

    /// As a cursor.
    pub fn cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.skip, self.token.as_deref().unwrap_or_default()))
    }
}

/// What a caller wants of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Where to begin.
    pub place: Place,
    /// At most so many objects; all when there is no number.
    pub length: Option<usize>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The objects.
    pub items: Vec<T>,
    /// Where the next part begins, if there is more.
    pub next: Option<String>,
}

/// A part of a list while it is put together.
pub(crate) struct Cutter<T> {
    items: Vec<T>,
    place: Place,
    length: usize,
}

impl<T> Cutter<T> {
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self { items: Vec::new(), place: wanted.place, length: wanted.length.unwrap_or(usize::MAX) }
    }

    /// The token of the page to ask for next.
    pub(crate) fn token(&self) -> Option<&str> {
        self.place.token.as_deref()
    }

    /// Takes one of Azure's pages and the token of the next. What `pick` does not want is left out. Tells the whole part when
    /// it is complete.
    pub(crate) fn take<E>(
        &mut self,
        objects: Vec<Json>,
        next: Option<String>,
        pick: impl Fn(Json) -> Result<Option<T>, E>,
    ) -> Result<Option<Page<T>>, E> {
        for (skip, object) in objects.into_iter().enumerate().skip(self.place.skip) {
            let Some(item) = pick(object)? else { continue };
            // Only what is there shows that there is more.
            if self.items.len() == self.length {
                let next = Place { skip, ..self.place.clone() };
                return Ok(Some(self.end(Some(next))));
            }
            self.items.push(item);
        }
        // A page that names itself as the next would be asked for without end.
        if next.is_none() || next == self.place.token {
            return Ok(Some(self.end(None)));
        }
        self.place = Place { token: next, skip: 0 };
        Ok(None)
    }

    fn end(&mut self, next: Option<Place>) -> Page<T> {
        Page { items: std::mem::take(&mut self.items), next: next.map(|next| next.cursor()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A list of Azure in pages of these sizes: a page, and the token of the next.
    fn azure(sizes: &[usize], token: Option<&str>) -> (Vec<Json>, Option<String>) {
        let page: usize = token.map_or(0, |token| token.parse().unwrap());
        let before: usize = sizes[..page].iter().sum();
        let objects = (before..before + sizes[page]).map(|number| json!(number)).collect();
        (objects, (page + 1 < sizes.len()).then(|| (page + 1).to_string()))
    }

    fn part(sizes: &[usize], cursor: Option<&str>, length: Option<usize>) -> Page<u64> {
        let mut cutter = Cutter::new(Wanted { place: Place::read(cursor).unwrap(), length });
        loop {
            let (objects, next) = azure(sizes, cutter.token());
            let odd = |number: Json| Ok::<_, ()>(number.as_u64().filter(|number| number % 2 == 1));
            if let Some(page) = cutter.take(objects, next, odd).unwrap() {
                return page;
            }
        }
    }

    proptest! {
        #[test]
        fn parts_put_together_are_the_list(sizes in proptest::collection::vec(0_usize..5, 1..6), length in 1_usize..7) {
            let whole = part(&sizes, None, None);
            prop_assert_eq!(&whole.next, &None);
            let (mut all, mut cursor) = (Vec::new(), None);
            loop {
                let page = part(&sizes, cursor.as_deref(), Some(length));
                prop_assert!(page.items.len() == length || page.next.is_none());
                prop_assert!(page.next.is_none() || !page.items.is_empty());
                all.extend(page.items);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            prop_assert_eq!(all, whole.items);
        }

        #[test]
        fn no_cursor_does_harm(cursor in "\\PC{0,40}") {
            let _ = Place::read(Some(&cursor));
        }
    }

    #[test]
    fn a_page_that_names_itself_as_the_next_is_the_last() {
        let mut cutter = Cutter::new(Wanted { place: Place { token: Some("a".to_owned()), skip: 0 }, length: None });
        let page = cutter.take(vec![json!(1)], Some("a".to_owned()), |item| Ok::<_, ()>(Some(item)));
        assert_eq!(page, Ok(Some(Page { items: vec![json!(1)], next: None })));
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let place = Place { token: Some("a:b c".to_owned()), skip: 7 };
        assert_eq!(Place::read(Some(&place.cursor())), Ok(place));
        assert_eq!(Place::read(Some("!")).unwrap_err().pointer, "/cursor");
    }
}
