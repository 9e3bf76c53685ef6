//! Where a resource is: a path that no name in it can leave.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest id of a resource that is taken; Azure's own are far shorter.
const LONGEST: usize = 2_048;

/// The path of a resource, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourcePath {
    path: String,
    subscription: Option<String>,
}

impl ResourcePath {
    /// A path of constant text, such as `/subscriptions`.
    pub fn root(path: &'static str) -> Self {
        Self { path: path.to_owned(), subscription: None }
    }

    /// A subscription.
    pub fn subscription(id: &str) -> Self {
        Self { path: String::new(), subscription: Some(id.to_lowercase()) }.then("/subscriptions").segment(id)
    }

    /// A workspace of Log Analytics, where Sentinel is.
    pub fn workspace(subscription: &str, group: &str, name: &str) -> Self {
        Self::subscription(subscription)
            .then("/resourceGroups")
            .segment(group)
            .then("/providers/Microsoft.OperationalInsights/workspaces")
            .segment(name)
    }

    /// What an id names, as Azure writes ids: `/subscriptions/…`. `None` if it is none.
    pub fn of_id(id: &str) -> Option<Self> {
        let segments: Vec<&str> = id.trim().trim_end_matches('/').strip_prefix('/')?.split('/').collect();
        let is_name = |segment: &&str| !segment.is_empty() && !segment.contains(|c: char| c.is_control());
        let is_path = id.len() <= LONGEST && segments.len() >= 2 && segments.iter().all(is_name);
        let subscription = match segments.as_slice() {
            [kind, id, ..] if kind.eq_ignore_ascii_case("subscriptions") => Some(id.to_lowercase()),
            _ => None,
        };
        let begin = Self { path: String::new(), subscription };
        is_path.then(|| segments.into_iter().fold(begin, Self::segment))
    }

    /// Appends constant text.
    #[must_use]
    pub fn then(mut self, path: &str) -> Self {
        self.path.push_str(path);
        self
    }

    /// Appends a name as one segment.
    #[must_use]
    pub fn segment(mut self, name: &str) -> Self {
        self.path.push('/');
        match name {
            // A segment of dots alone would be resolved away.
            "." | ".." => self.path.push_str(&name.replace('.', "%2E")),
            _ => self.path.extend(utf8_percent_encode(name, SEGMENT)),
        }
        self
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.path
    }

    /// The subscription that it lies in: what ARM's limits are counted by.
    pub(super) fn counted_under(&self) -> &str {
        self.subscription.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_segment() {
        let path = ResourcePath::workspace("SUB", "a/../b", "..").then("/tables").segment("x?y#z");
        let expected = "/subscriptions/SUB/resourceGroups/a%2F..%2Fb/providers/Microsoft.OperationalInsights/workspaces/\
                        %2E%2E/tables/x%3Fy%23z";
        assert_eq!((path.as_str(), path.counted_under()), (expected, "sub"));
    }

    #[test]
    fn an_id_is_a_path_and_nothing_else_is() {
        let id = "/Subscriptions/S1/resourceGroups/rg (1)/providers/Microsoft.Compute/virtualMachines/vm";
        let path = ResourcePath::of_id(&format!("{id}/")).unwrap();
        assert_eq!(path.as_str(), id.replace("rg (1)", "rg%20%281%29"));
        assert_eq!(path.counted_under(), "s1");
        assert_eq!(ResourcePath::of_id("/subscriptions/../x").unwrap().as_str(), "/subscriptions/%2E%2E/x");
        for id in ["", "/", "subscriptions/x", "/subscriptions", "//x", "/a//b", "https://a.example/b", "/a/b\nc"] {
            assert_eq!(ResourcePath::of_id(id), None, "{id:?}");
        }
        assert_eq!(ResourcePath::of_id(&format!("/a/{}", "b".repeat(LONGEST))), None);
    }
}
