//! A workspace of Sentinel: which of the settings is meant, and where it lies in Azure.

use std::collections::BTreeMap;

use model::{Fault, Faulty};
use url::Url;

use crate::{
    arm::{Account, ResourcePath},
    settings::{ConnectionSettings, SourceSettings},
};

/// The kind of source that a workspace is.
const KIND: &str = "sentinel";

/// A workspace for which the settings say all that is needed.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Its name in the settings: the connection's, or the source's if that has one place only.
    pub name: String,
    /// The source that it belongs to.
    pub source: String,
    /// Its id in Log Analytics, if the settings say.
    pub workspace_id: Option<String>,
    /// As whom and where Azure is asked.
    pub account: Account,
    /// Where threat intelligence is uploaded, if the settings say.
    pub ti_url: Option<Url>,
    subscription_id: String,
    resource_group: String,
    workspace_name: String,
}

/// Why there is no workspace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkspaceError {
    /// The settings have none of this name.
    #[error("the settings have no such workspace; they have {}", list(.0))]
    Unknown(Vec<String>),
    /// There are several.
    #[error("several workspaces are called so: {}", list(.0))]
    Ambiguous(Vec<String>),
    /// The settings lack what Azure Resource Manager needs.
    #[error("the settings lack {}", list(.0))]
    Needs(Vec<String>),
}

impl Faulty for WorkspaceError {
    fn fault(&self) -> Fault {
        match self {
            Self::Unknown(_) => Fault::Missing,
            Self::Ambiguous(_) => Fault::Invalid,
            Self::Needs(_) => Fault::Unsupported,
        }
    }
}

fn list(words: &[String]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

impl Workspace {
    /// The workspace that a word means: the name of a source or of a connection, the workspace's name or id, in any case.
    pub fn find(sources: &BTreeMap<String, SourceSettings>, word: &str) -> Result<Self, WorkspaceError> {
        let all = || {
            let of = sources.iter().filter(|(_, source)| source.kind.facts().id == KIND);
            of.flat_map(|(name, source)| {
                source.connections.iter().map(move |connection| Entry { source: name, connection })
            })
        };
        // A name in the settings is meant before a name in Azure.
        let exact = all().find(|entry| entry.name().eq_ignore_ascii_case(word));
        let mut called = all().filter(|entry| entry.is_called(word));
        let entry = match (exact, called.next(), called.next()) {
            (Some(entry), ..) | (None, Some(entry), None) => entry,
            (None, None, _) => {
                return Err(WorkspaceError::Unknown(all().map(|entry| entry.name().to_owned()).collect()));
            }
            (None, Some(_), Some(_)) => {
                let called = all().filter(|entry| entry.is_called(word));
                return Err(WorkspaceError::Ambiguous(called.map(|entry| entry.name().to_owned()).collect()));
            }
        };
        entry.workspace()
    }

    /// The workspace itself in Azure.
    pub fn path(&self) -> ResourcePath {
        ResourcePath::workspace(&self.subscription_id, &self.resource_group, &self.workspace_name)
    }

    /// What Sentinel keeps in it: `incidents`, `bookmarks`, `watchlists` …
    pub fn sentinel(&self, collection: &'static str) -> ResourcePath {
        self.path().then("/providers/Microsoft.SecurityInsights/").then(collection)
    }
}

/// A workspace in the settings.
struct Entry<'a> {
    source: &'a str,
    connection: &'a ConnectionSettings,
}

impl<'a> Entry<'a> {
    fn name(&self) -> &'a str {
        if self.connection.name.is_empty() { self.source } else { &self.connection.name }
    }

    fn is_called(&self, word: &str) -> bool {
        let of = &self.connection.workspace;
        let names =
            [Some(self.source), of.workspace_name.as_deref(), self.connection.place.first().map(String::as_str)];
        names.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(word))
    }

    fn workspace(&self) -> Result<Workspace, WorkspaceError> {
        let of = &self.connection.workspace;
        let parts = (&of.subscription_id, &of.resource_group, &of.workspace_name, &self.connection.credential);
        let (Some(subscription_id), Some(resource_group), Some(workspace_name), Some(credential)) = parts else {
            let needs = of.needs().into_iter().chain(self.connection.credential.is_none().then_some("credential"));
            let place = if self.connection.name.is_empty() {
                format!("sources.{}", self.source)
            } else {
                format!("sources.{}.connections.{}", self.source, self.connection.name)
            };
            return Err(WorkspaceError::Needs(needs.map(|key| format!("{place}.{key}")).collect()));
        };
        Ok(Workspace {
            name: self.name().to_owned(),
            source: self.source.to_owned(),
            workspace_id: self.connection.place.first().cloned(),
            account: Account { credential: credential.clone(), arm_url: of.arm_url.clone() },
            ti_url: of.ti_url.clone(),
            subscription_id: subscription_id.clone(),
            resource_group: resource_group.clone(),
            workspace_name: workspace_name.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    const SOURCES: &str = "
credentials: { soc: { kind: client_secret, tenant_id: t, client_id: c, secret: s } }
sources:
  one: { kind: sentinel, credential: soc, workspace_id: ID-1, subscription_id: S, resource_group: rg, workspace_name: Main }
  all:
    kind: sentinel
    credential: soc
    subscription_id: S
    resource_group: rg
    connections:
      east: { workspace_id: ID-2, workspace_name: ws-east }
      west: { workspace_id: ID-3 }
  logs: { kind: splunk }
";

    fn find(word: &str) -> Result<Workspace, WorkspaceError> {
        Workspace::find(&Settings::from_text(Some(("t", SOURCES)), &[]).unwrap().sources, word)
    }

    #[test]
    fn a_workspace_is_found_by_each_of_its_names() {
        for (word, name) in
            [("one", "one"), ("MAIN", "one"), ("id-1", "one"), ("East", "east"), ("WS-EAST", "east"), ("id-2", "east")]
        {
            assert_eq!(find(word).unwrap().name, name, "{word}");
        }
        let path = "/subscriptions/S/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/ws-east";
        let incidents = find("east").unwrap().sentinel("incidents");
        assert_eq!(incidents.as_str(), format!("{path}/providers/Microsoft.SecurityInsights/incidents"));
    }

    #[test]
    fn what_is_wrong_names_what_there_is_or_what_is_missing() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(find("logs").err(), Some(WorkspaceError::Unknown(names(&["east", "west", "one"]))));
        assert_eq!(find("all").err(), Some(WorkspaceError::Ambiguous(names(&["east", "west"]))));
        let needs = WorkspaceError::Needs(names(&["sources.all.connections.west.workspace_name"]));
        assert_eq!(find("west").err(), Some(needs));
    }
}
