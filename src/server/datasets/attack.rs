//! MITRE ATT&CK's tactics and techniques (Enterprise, version 17.0): ids, names, and which tactics a technique serves.
//!
//! © 2025 The MITRE Corporation. Reproduced and distributed with the permission of The MITRE Corporation, as its terms of
//! use ask: <https://attack.mitre.org/resources/legal-and-branding/terms-of-use/>.

use std::sync::LazyLock;

/// The version of ATT&CK.
pub const VERSION: &str = "17.0";

/// Tactics in the order of the matrix, then techniques by id: id, name, ids of tactics; separated by tabs.
const TABLE: &str = include_str!("attack.tsv");

/// A tactic: why something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tactic {
    /// `TA` and a number.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// A technique or a part of one: how something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// `T`, a number and, for a part, a dot and a number.
    pub id: &'static str,
    /// Its name; of a part, its own alone.
    pub name: &'static str,
    /// The ids of the tactics that it serves.
    pub tactics: Vec<&'static str>,
}

static ALL: LazyLock<(Vec<Tactic>, Vec<Technique>)> = LazyLock::new(|| {
    let (mut tactics, mut techniques) = (Vec::new(), Vec::new());
    for line in TABLE.lines() {
        let mut fields = line.split('\t');
        let (Some(id), Some(name), Some(serves)) = (fields.next(), fields.next(), fields.next()) else { continue };
        if id.starts_with("TA") {
            tactics.push(Tactic { id, name });
        } else {
            techniques.push(Technique { id, name, tactics: serves.split(' ').collect() });
        }
    }
    (tactics, techniques)
});

/// All tactics, in the order of the matrix.
pub fn tactics() -> &'static [Tactic] {
    &ALL.0
}

/// All techniques, by id.
pub fn techniques() -> &'static [Technique] {
    &ALL.1
}

/// The tactic with this id or name, as people write it.
pub fn tactic(text: &str) -> Option<&'static Tactic> {
    let plain = |text: &str| text.replace(['-', '_', ' '], "").to_ascii_lowercase();
    let wanted = plain(text);
    tactics().iter().find(|tactic| plain(tactic.id) == wanted || plain(tactic.name) == wanted)
}

/// The technique with this id.
pub fn technique(id: &str) -> Option<&'static Technique> {
    techniques().iter().find(|technique| technique.id.eq_ignore_ascii_case(id))
}

impl Technique {
    /// The technique that this is a part of.
    pub fn parent(&self) -> Option<&'static str> {
        self.id.split_once('.').map(|(parent, _)| parent)
    }

    /// Its page for people.
    pub fn page(&self) -> String {
        format!("https://attack.mitre.org/techniques/{}/", self.id.replace('.', "/"))
    }
}

impl Tactic {
    /// Its page for people.
    pub fn page(&self) -> String {
        format!("https://attack.mitre.org/tactics/{}/", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_technique_serves_tactics_that_there_are_and_every_part_has_a_whole() {
        assert_eq!((tactics().len(), techniques().len()), (14, 665));
        for technique in techniques() {
            assert!(
                !technique.tactics.is_empty() && technique.tactics.iter().all(|id| tactic(id).is_some()),
                "{technique:?}"
            );
            assert!(technique.parent().is_none_or(|parent| super::technique(parent).is_some()), "{technique:?}");
        }
        assert!(techniques().is_sorted_by_key(|technique| technique.id));
    }

    #[test]
    fn tactics_are_found_by_id_and_by_name_as_people_write_them() {
        for text in ["TA0008", "ta0008", "Lateral Movement", "lateral-movement", "LateralMovement"] {
            assert_eq!(tactic(text).map(|tactic| tactic.name), Some("Lateral Movement"), "{text}");
        }
        assert_eq!(tactic("nothing"), None);
        assert_eq!(
            technique("t1059.001").map(Technique::page).as_deref(),
            Some("https://attack.mitre.org/techniques/T1059/001/")
        );
    }
}
