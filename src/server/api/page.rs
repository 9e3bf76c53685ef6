//! Lists in pages: how long one is, and where the next begins.

use super::problem::Problem;

/// Items in one page, unless the caller says how many.
pub(crate) const USUAL: usize = 100;

/// The most items in one page.
pub(crate) const MOST: usize = 1_000;

/// How many items the caller wants.
pub(crate) fn length(limit: Option<usize>) -> Result<usize, Problem> {
    let limit = limit.unwrap_or(USUAL);
    if (1..=MOST).contains(&limit) {
        Ok(limit)
    } else {
        Err(Problem::invalid_at("/limit", format!("must be from 1 to {MOST}")))
    }
}

/// The first of the items that come, and the cursor of the next page if there are more.
pub(crate) fn page<T>(
    items: impl IntoIterator<Item = T>,
    length: usize,
    cursor: impl Fn(&T) -> String,
) -> (Vec<T>, Option<String>) {
    let mut items = items.into_iter();
    let page: Vec<T> = items.by_ref().take(length).collect();
    let has_more = items.next().is_some();
    let next = page.last().filter(|_| has_more).map(cursor);
    (page, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_not_the_last_says_where_the_next_begins() {
        let page = |count: u32, length| page(0..count, length, u32::to_string);
        assert_eq!(page(0, 2), (vec![], None));
        assert_eq!(page(2, 2), (vec![0, 1], None));
        assert_eq!(page(3, 2), (vec![0, 1], Some("1".to_owned())));
    }

    #[test]
    fn a_length_is_from_one_to_a_thousand() {
        assert_eq!(length(None).ok(), Some(100));
        assert_eq!(length(Some(1_000)).ok(), Some(1_000));
        assert!(length(Some(0)).is_err() && length(Some(1_001)).is_err());
    }
}
