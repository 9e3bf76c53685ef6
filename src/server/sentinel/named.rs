//! Finding one object by its id or by the name that people know it by.

use model::{Fault, Faulty};

/// An id or a name that means no object, or several.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOne {
    /// Nothing is called so.
    #[error("there is no {what} with this id or name")]
    None {
        /// What kind of thing.
        what: &'static str,
    },
    /// Several things have this name.
    #[error("several have this name: say which {what} by its id; they are {}", ids.join(", "))]
    Several {
        /// What kind of thing.
        what: &'static str,
        /// Their ids.
        ids: Vec<String>,
    },
}

impl Faulty for NotOne {
    fn fault(&self) -> Fault {
        match self {
            Self::None { .. } => Fault::Missing,
            Self::Several { .. } => Fault::Conflict,
        }
    }
}

/// Something that has an id, and a name that need not be its own alone.
pub trait Named {
    /// What kind of thing it is.
    const WHAT: &'static str;

    /// Its id: no other has it.
    fn id(&self) -> &str;

    /// The name that people know it by.
    fn name(&self) -> Option<&str>;
}

/// The object with this id, or else the only one with this name, in any case.
pub fn find<T: Named>(all: Vec<T>, id_or_name: &str) -> Result<T, NotOne> {
    let (mut with_id, others): (Vec<T>, Vec<T>) =
        all.into_iter().partition(|thing| thing.id().eq_ignore_ascii_case(id_or_name));
    if let Some(thing) = with_id.pop() {
        return Ok(thing);
    }
    let wanted = id_or_name.to_lowercase();
    let has_name = |thing: &T| thing.name().is_some_and(|name| name.to_lowercase() == wanted);
    let mut with_name: Vec<T> = others.into_iter().filter(has_name).collect();
    match (with_name.pop(), with_name.as_slice()) {
        (None, _) => Err(NotOne::None { what: T::WHAT }),
        (Some(thing), []) => Ok(thing),
        (Some(last), first) => {
            let ids = first.iter().chain([&last]).map(|thing| thing.id().to_owned()).collect();
            Err(NotOne::Several { what: T::WHAT, ids })
        }
    }
}

/// Whether a text can only be an id: then nothing else needs to be asked about it.
pub fn is_id(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Thing(&'static str, Option<&'static str>);

    impl Named for Thing {
        const WHAT: &'static str = "thing";

        fn id(&self) -> &str {
            self.0
        }

        fn name(&self) -> Option<&str> {
            self.1
        }
    }

    #[test]
    fn an_id_comes_before_a_name_and_a_name_counts_in_any_case() {
        let all = vec![Thing("a", Some("b")), Thing("b", Some("Évil")), Thing("c", None)];
        assert_eq!(find(all.clone(), "B"), Ok(Thing("b", Some("Évil"))));
        assert_eq!(find(all.clone(), "évil"), Ok(Thing("b", Some("Évil"))));
        assert_eq!(find(all, "evil"), Err(NotOne::None { what: "thing" }));
    }

    #[test]
    fn a_name_of_several_is_refused_with_their_ids() {
        let all = vec![Thing("a", Some("x")), Thing("b", Some("X")), Thing("c", None)];
        let error = find(all, "x").unwrap_err();
        assert_eq!(error.to_string(), "several have this name: say which thing by its id; they are a, b");
        assert_eq!(error.fault(), Fault::Conflict);
    }
}
