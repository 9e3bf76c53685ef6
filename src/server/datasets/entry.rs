//! One data set, as its metadata describe it.

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use utoipa::ToSchema;

use super::attack;

/// A recorded attack: what was done, how, and where its events are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DataSet {
    /// Its id.
    #[schema(example = "SDWIN-201022015432")]
    pub id: String,
    /// What was done, in a few words.
    pub title: String,
    /// `atomic` (one technique) or `compound` (a campaign).
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<String>,
    /// What was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// Systems on which it was recorded.
    #[schema(example = json!(["Windows"]))]
    pub platforms: Vec<String>,
    /// ATT&CK techniques, by id.
    #[schema(example = json!(["T1548.002"]))]
    pub techniques: Vec<String>,
    /// ATT&CK tactics, by id.
    #[schema(example = json!(["TA0005"]))]
    pub tactics: Vec<String>,
    /// Words that describe it.
    pub tags: Vec<String>,
    /// Who recorded it.
    pub contributors: Vec<String>,
    /// When its metadata were written, as they say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created: Option<String>,
    /// When its metadata were changed last, as they say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub modified: Option<String>,
    /// Its files.
    pub files: Vec<DataSetFile>,
    /// Pages about it.
    pub references: Vec<String>,
}

/// A file of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DataSetFile {
    /// What it is of: `Host`, `Network`, `Cloud` …
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<String>,
    /// Where it is published.
    pub link: String,
}

impl DataSetFile {
    /// Its name: the end of the link.
    pub fn name(&self) -> &str {
        self.link.rsplit('/').next().unwrap_or_default()
    }
}

/// What a file of metadata says. Whatever may be missing is, in one file or another.
#[derive(Deserialize)]
pub(super) struct Metadata {
    id: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default, deserialize_with = "list")]
    platform: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    contributors: Vec<String>,
    #[serde(default)]
    creation_date: Option<String>,
    #[serde(default)]
    modification_date: Option<String>,
    #[serde(default)]
    attack_mappings: Option<Vec<Mapping>>,
    #[serde(default)]
    files: Option<Vec<File>>,
    #[serde(default, deserialize_with = "list")]
    references: Vec<String>,
}

#[derive(Deserialize)]
struct Mapping {
    technique: Option<String>,
    #[serde(default, rename = "sub-technique")]
    part: Option<String>,
    #[serde(default, deserialize_with = "list")]
    tactics: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    link: String,
}

/// A list, lists in it, one item of it, or nothing: the files are written by hand.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Item {
        One(String),
        Many(Vec<Item>),
        Other(IgnoredAny),
    }
    fn flatten(item: Item) -> Vec<String> {
        match item {
            Item::One(text) => vec![text],
            Item::Many(items) => items.into_iter().flat_map(flatten).collect(),
            Item::Other(_) => Vec::new(),
        }
    }
    Item::deserialize(deserializer).map(flatten)
}

impl From<Metadata> for DataSet {
    fn from(metadata: Metadata) -> Self {
        let mappings = metadata.attack_mappings.unwrap_or_default();
        let id = |mapping: &Mapping| {
            let technique = mapping.technique.as_deref()?.trim();
            Some(match mapping.part.as_deref().map(str::trim).filter(|part| !part.is_empty()) {
                Some(part) => format!("{technique}.{part}"),
                None => technique.to_owned(),
            })
        };
        let mut techniques: Vec<_> = mappings.iter().filter_map(id).collect();
        let mut tactics: Vec<_> = mappings.iter().flat_map(|mapping| mapping.tactics.iter().cloned()).collect();
        for ids in [&mut techniques, &mut tactics] {
            ids.sort();
            ids.dedup();
        }
        let file = |file: File| DataSetFile { kind: file.kind, link: file.link };
        Self {
            title: metadata.title.unwrap_or_else(|| metadata.id.clone()),
            id: metadata.id,
            kind: metadata.kind,
            description: metadata.description,
            platforms: metadata.platform,
            techniques,
            tactics,
            tags: metadata.tags,
            contributors: metadata.contributors,
            created: metadata.creation_date,
            modified: metadata.modification_date,
            files: metadata.files.unwrap_or_default().into_iter().map(file).collect(),
            references: metadata.references,
        }
    }
}

/// What a data set is searched by; all that is given must fit.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A technique, which also means its parts.
    pub technique: Option<String>,
    /// A tactic, by id or name.
    pub tactic: Option<String>,
    /// A system, in any case.
    pub platform: Option<String>,
    /// Words that all occur, in any case.
    pub search: Option<String>,
}

impl Wanted {
    /// Whether a data set is meant.
    pub fn fits(&self, set: &DataSet) -> bool {
        let technique = |wanted: &String| {
            let is_meant = |id: &String| {
                id.eq_ignore_ascii_case(wanted)
                    || id.split_once('.').is_some_and(|(whole, _)| whole.eq_ignore_ascii_case(wanted))
            };
            set.techniques.iter().any(is_meant)
        };
        let tactic = |wanted: &String| {
            let id = attack::tactic(wanted).map_or(wanted.as_str(), |tactic| tactic.id);
            set.tactics.iter().any(|tactic| tactic.eq_ignore_ascii_case(id))
        };
        let platform = |wanted: &String| set.platforms.iter().any(|platform| platform.eq_ignore_ascii_case(wanted));
        self.technique.iter().all(technique)
            && self.tactic.iter().all(tactic)
            && self.platform.iter().all(platform)
            && self.search.iter().all(|words| holds(set, words))
    }
}

fn holds(set: &DataSet, words: &str) -> bool {
    let names = set.techniques.iter().filter_map(|id| attack::technique(id)).map(|technique| technique.name);
    let tactics = set.tactics.iter().filter_map(|id| attack::tactic(id)).map(|tactic| tactic.name);
    let lists = [&set.tags, &set.techniques, &set.tactics, &set.platforms, &set.contributors];
    let text = [set.id.as_str(), &set.title, set.description.as_deref().unwrap_or_default()]
        .into_iter()
        .chain(lists.into_iter().flatten().map(String::as_str))
        .chain(set.files.iter().map(DataSetFile::name))
        .chain(names)
        .chain(tactics)
        .collect::<Vec<_>>()
        .join("\n")
        .to_lowercase();
    words.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> DataSet {
        let metadata: Metadata = serde_json::from_value(serde_json::json!({
            "title": "UAC bypass", "id": "SDWIN-1", "platform": ["Windows"], "tags": null, "notebooks": null,
            "contributors": "Somebody", "files": [{"type": "Host", "link": "https://x.example/a/b.zip"}],
            "attack_mappings": [
                {"technique": "T1548", "sub-technique": "002", "tactics": ["TA0004", "TA0005"]},
                {"technique": "T1218", "sub-technique": null, "tactics": ["TA0005"]},
            ],
        }))
        .unwrap();
        metadata.into()
    }

    #[test]
    fn techniques_are_put_together_with_their_parts() {
        let set = sample();
        assert_eq!(
            (set.techniques.join(" "), set.tactics.join(" ")),
            ("T1218 T1548.002".into(), "TA0004 TA0005".into())
        );
        assert_eq!((set.contributors.as_slice(), set.files[0].name()), (&["Somebody".to_owned()][..], "b.zip"));
    }

    #[test]
    fn all_that_is_given_must_fit() {
        let wanted = |technique: Option<&str>, tactic: Option<&str>, platform: Option<&str>, search: Option<&str>| {
            let text = |text: Option<&str>| text.map(str::to_owned);
            Wanted { technique: text(technique), tactic: text(tactic), platform: text(platform), search: text(search) }
                .fits(&sample())
        };
        assert!(wanted(None, None, None, None));
        assert!(wanted(Some("t1548"), Some("defense evasion"), Some("windows"), Some("bypass UAC")));
        assert!(!wanted(Some("T1548.001"), None, None, None));
        assert!(!wanted(Some("T154"), None, None, None));
        assert!(!wanted(None, Some("Impact"), None, None));
        assert!(!wanted(None, None, Some("linux"), None));
        assert!(!wanted(None, None, None, Some("UAC ransomware")));
    }
}
