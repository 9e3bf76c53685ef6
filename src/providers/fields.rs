//! `key: value` texts, as port 43 answers them: WHOIS of every registry's own taste, and objects of routing registries.

/// Reads a text leniently. Lines that say nothing, comments and legal texts fall away with what has no key.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Keys are compared in lower case, without the dots and brackets around them.
    pub(crate) fn read(text: &str) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        // A key without a value has it on the next lines, which are indented.
        let mut open: Option<String> = None;
        for line in text.lines() {
            let bare = line.trim();
            if bare.is_empty() || bare.starts_with(['%', '#', '>']) {
                if bare.is_empty() {
                    open = None;
                }
                continue;
            }
            let is_indented = line.starts_with([' ', '\t']);
            match split(bare) {
                Some((key, "")) => open = Some(key),
                Some((key, value)) => {
                    // What stands below a heading belongs to it, unless it has a key of its own.
                    if !is_indented {
                        open = None;
                    }
                    fields.push((key, value.to_owned()));
                }
                None => {
                    if let Some(key) = open.as_ref().filter(|_| is_indented) {
                        fields.push((key.clone(), bare.to_owned()));
                    }
                }
            }
        }
        Self(fields)
    }

    /// The first value of the first of these keys that has one.
    pub(crate) fn first(&self, keys: &[&str]) -> Option<&str> {
        keys.iter().find_map(|key| self.0.iter().find(|(own, _)| own == key)).map(|(_, value)| value.as_str())
    }

    /// All values of these keys, in the order of the text.
    pub(crate) fn all<'a>(&'a self, keys: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(|(key, _)| keys.contains(&key.as_str())).map(|(_, value)| value.as_str())
    }

    /// All values.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, value)| value.as_str())
    }
}

/// `key: value`, `key......: value` or `[key] value`.
fn split(line: &str) -> Option<(String, &str)> {
    let bracketed = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (key, value) = bracketed.or_else(|| line.split_once(':').filter(|(key, _)| is_key(key)))?;
    Some((key.trim_end_matches('.').trim().to_ascii_lowercase(), value.trim()))
}

/// A key is a few words: what is longer is a sentence with a colon in it, and what has slashes behind it an address.
fn is_key(text: &str) -> bool {
    const MOST_CHARACTERS: usize = 60;
    const MOST_WORDS: usize = 6;
    text.len() <= MOST_CHARACTERS
        && text.split_whitespace().count() <= MOST_WORDS
        && !matches!(text.trim(), "http" | "https")
        && text.starts_with(|first: char| first.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_tastes_of_registries_are_read_alike() {
        for text in [
            "% a comment: x\nregistrar:    Example\n",
            "Registrar: Example\r\n",
            "registrar..........: Example",
            "[Registrar]        Example",
            "   Registrar:\n      Example\n      https://example.net/\n\n   Other: x",
        ] {
            assert_eq!(Fields::read(text).first(&["sponsor", "registrar"]), Some("Example"), "{text}");
        }
    }

    #[test]
    fn what_is_below_a_heading_belongs_to_it_until_an_empty_line() {
        let fields =
            Fields::read("Name servers:\n   ns1.example.net  192.0.2.1\n   ns2.example.net\n\n   legal text\nKey: v");
        assert_eq!(
            fields.all(&["name servers"]).collect::<Vec<_>>(),
            ["ns1.example.net  192.0.2.1", "ns2.example.net"]
        );
        assert_eq!(fields.values().count(), 3);
    }

    #[test]
    fn sentences_are_no_fields() {
        let text = "By submitting a query you agree to the following terms of use, in particular: none\nhttps://x.example\n>>> end: x";
        assert_eq!(Fields::read(text).values().count(), 0);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(.{0,30}[:\\[\\] \t\r\n]){0,20}") {
            let _ = Fields::read(&text).first(&["registrar"]);
        }
    }
}
