//! Tables and functions of Sentinel and Defender that are known by their names alone.

/// The names: words, on lines that are no comments.
const NAMES: &str = include_str!("named.txt");

/// Whether a table or a function of a solution has this name, though nobody here knows its columns.
pub fn is_named(name: &str) -> bool {
    NAMES.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documented;

    #[test]
    fn names_are_known_as_they_are_written() {
        assert!(is_named("UbiquitiAuditEvent") && is_named("AKSAudit") && is_named("CampaignInfo"));
        assert!(!is_named("ubiquitiauditevent") && !is_named("#") && !is_named("") && !is_named("Tables"));
    }

    #[test]
    fn no_name_stands_there_whose_columns_are_known() {
        let known = NAMES.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        let both: Vec<_> = known.filter(|name| documented(name).is_some()).collect();
        assert!(both.is_empty(), "{both:?}");
    }
}
