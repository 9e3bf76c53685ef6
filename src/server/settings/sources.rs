//! `sources`: where the team's own events are queried.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use ::providers::Window;
use ::sources::{Access, Endpoint, Facts, LOCAL, POSTGRES, Source};
use model::ColumnType;
use url::Url;

use super::{
    Secret,
    external_data::{ExternalPlace, external_place},
    kinds::{self, Wrong, or},
    logs::{LogPlace, ObjectProtocol, ObjectSettings, log_place},
    providers::window,
    section::Section,
    workspaces::WorkspaceSettings,
};

/// `sources.<name>`
#[derive(Debug, Clone)]
pub struct SourceSettings {
    /// What it is.
    pub kind: SourceKind,
    /// Where it is asked; at least one.
    pub connections: Vec<ConnectionSettings>,
    /// How long one query may take, if a request says nothing shorter.
    pub timeout: Option<Duration>,
    /// Rows of one answer.
    pub max_rows: Option<u64>,
    /// Queries at once.
    pub concurrent: Option<usize>,
    /// Limits of each connection's credential.
    pub budgets: Option<Vec<Window>>,
}

/// A kind of source.
#[derive(Clone, Copy)]
pub enum SourceKind {
    /// One that is asked over HTTP.
    Http(&'static dyn Source),
    /// A PostgreSQL server.
    Postgres,
    /// A folder of logs.
    Local,
}

/// One place where a source is asked.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    /// Its name: the source's own, if there is one place only.
    pub name: String,
    /// Its address.
    pub base_url: Option<Url>,
    /// One of `credentials`.
    pub credential: Option<String>,
    /// A key.
    pub key: Option<Secret>,
    /// A user's name.
    pub user: Option<Secret>,
    /// The user's password.
    pub password: Option<Secret>,
    /// Where within it is asked: a workspace, a database.
    pub place: Vec<String>,
    /// The groups that it belongs to, for templates that name one.
    pub groups: Vec<String>,
    /// Where it lies in Azure, if it is a workspace of Sentinel.
    pub workspace: WorkspaceSettings,
    /// Whether the connection is secured, where its address does not say.
    pub tls: Option<bool>,
    /// Where logs lie that the service reads itself.
    pub logs: Option<LogPlace>,
    /// What else is said of them, if they lie in an object store.
    pub objects: ObjectSettings,
    /// Files and folders of functions that queries of these logs may call.
    pub functions: Vec<PathBuf>,
    /// What is said of its tables.
    pub tables: BTreeMap<String, LocalTable>,
    /// What `externaldata` of its queries may read.
    pub external_data: Vec<ExternalPlace>,
}

/// What is said of a table in a folder.
#[derive(Debug, Clone, Default)]
pub struct LocalTable {
    /// Its files, as patterns of paths below the folder.
    pub files: Vec<String>,
    /// The column that says when a row happened.
    pub time_column: Option<String>,
    /// Types of columns, by their names in the files.
    pub types: BTreeMap<String, ColumnType>,
    /// Other names of columns, by their names in the files.
    pub renames: BTreeMap<String, String>,
}

impl LocalTable {
    fn read(section: &Section<'_>) -> Option<Self> {
        let files = section.list("files", |text| Ok(text.to_owned()));
        let time_column = section.optional("time_column", |text| Ok(text.to_owned()));
        let types = section.values("types", |_, text| column_type(text));
        let renames = section.values("renames", |_, text| Ok(text.to_owned()));
        Some(Self {
            files: files?,
            time_column: time_column?,
            types: types?.into_iter().collect(),
            renames: renames?.into_iter().collect(),
        })
    }
}

fn column_type(text: &str) -> Result<ColumnType, Wrong> {
    let all = ["string", "int", "long", "real", "decimal", "bool", "datetime", "timespan", "guid", "dynamic"];
    serde_json::from_value(text.into()).map_err(|_| Wrong::allowed(or(all)))
}

impl SourceKind {
    /// What is known about the kind.
    pub fn facts(self) -> &'static Facts {
        match self {
            Self::Http(source) => source.facts(),
            Self::Postgres => &POSTGRES,
            Self::Local => &LOCAL,
        }
    }

    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        ::sources::ALL.iter().map(|source| Self::Http(*source)).chain([Self::Postgres, Self::Local])
    }
}

impl std::fmt::Debug for SourceKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.facts().id)
    }
}

impl ConnectionSettings {
    /// The settings that are missing before it can be asked.
    pub fn needs(&self, facts: &Facts) -> Vec<&'static str> {
        let mut needs = Vec::new();
        if self.logs.is_none() && facts.endpoint == Endpoint::Folder {
            needs.push("path");
        }
        if let Some(LogPlace::Objects(place)) = &self.logs {
            let is_azure = place.protocol == ObjectProtocol::Azure;
            if is_azure && place.account.is_none() && self.objects.account.is_none() {
                needs.push("account");
            }
            if !is_azure && self.user.is_some() != self.password.is_some() {
                needs.push("user and password");
            }
        }
        if self.base_url.is_none() && facts.endpoint == Endpoint::Own {
            needs.push("base_url");
        }
        if facts.place.is_some_and(|place| place.required && self.place.is_empty()) {
            needs.extend(facts.place.map(|place| place.key));
        }
        if self.access(facts).is_none() {
            needs.extend(match facts.access.first() {
                Some(Access::Entra) => "credential".into(),
                Some(Access::Key(..)) => "key".into(),
                Some(Access::Basic | Access::Session(_) | Access::Headers(..)) => Some("user and password"),
                Some(Access::Open) | None => None,
            });
        }
        needs
    }

    /// The way in for which everything is there.
    pub fn access(&self, facts: &Facts) -> Option<Access> {
        let has_user = self.user.is_some() && self.password.is_some();
        facts.access.iter().copied().find(|access| match access {
            Access::Entra => self.credential.is_some(),
            Access::Key(..) => self.key.is_some(),
            Access::Basic | Access::Session(_) | Access::Headers(..) => has_user,
            Access::Open => true,
        })
    }

    fn read(section: &Section<'_>, kind: SourceKind, credentials: &BTreeSet<&str>) -> Option<Self> {
        let facts = kind.facts();
        let (base_url, tls) = match kind {
            SourceKind::Http(_) | SourceKind::Local => (section.optional("base_url", kinds::web_address), Some(None)),
            SourceKind::Postgres => {
                (section.optional("base_url", kinds::postgres_address), section.optional("tls", kinds::flag))
            }
        };
        let credential = section.optional("credential", kinds::known(credentials));
        let (key, user, password) = (section.secret("key"), section.secret("user"), section.secret("password"));
        let place = match facts.place {
            Some(place) if place.several => section.list(place.key, part_of_an_address),
            Some(place) => section.optional(place.key, part_of_an_address).map(|place| place.into_iter().collect()),
            None => Some(Vec::new()),
        };
        let (logs, objects, functions, tables, external_data) = match kind {
            SourceKind::Local => (
                section.optional("path", log_place),
                ObjectSettings::read(section),
                section.list("functions", kinds::path),
                section.named("tables", None, LocalTable::read),
                section.list("external_data", external_place),
            ),
            _ => (Some(None), Some(ObjectSettings::default()), Some(vec![]), Some(BTreeMap::new()), Some(vec![])),
        };
        let groups = section.list("groups", kinds::name);
        let is_workspace = facts.id == "sentinel";
        let workspace =
            if is_workspace { WorkspaceSettings::read(section) } else { Some(WorkspaceSettings::default()) };
        Some(Self {
            name: String::new(),
            base_url: base_url?,
            credential: credential?,
            key: key?,
            user: user?,
            password: password?,
            place: place?,
            groups: groups?,
            workspace: workspace?,
            tls: tls?,
            logs: logs?,
            objects: objects?,
            functions: functions?,
            tables: tables?,
            external_data: external_data?,
        })
    }

    /// What is not said for this connection is what is said for the source.
    fn or(self, source: &Self) -> Self {
        Self {
            name: self.name,
            base_url: self.base_url.or_else(|| source.base_url.clone()),
            credential: self.credential.or_else(|| source.credential.clone()),
            key: self.key.or_else(|| source.key.clone()),
            user: self.user.or_else(|| source.user.clone()),
            password: self.password.or_else(|| source.password.clone()),
            place: filled(self.place, &source.place),
            groups: filled(self.groups, &source.groups),
            workspace: self.workspace.or(&source.workspace),
            tls: self.tls.or(source.tls),
            logs: self.logs.or_else(|| source.logs.clone()),
            objects: self.objects.or(&source.objects),
            functions: filled(self.functions, &source.functions),
            tables: if self.tables.is_empty() { source.tables.clone() } else { self.tables },
            external_data: filled(self.external_data, &source.external_data),
        }
    }
}

impl SourceSettings {
    pub(super) fn read(section: &Section<'_>, credentials: &BTreeSet<&str>) -> Option<Self> {
        let kind = section.required("kind", kind)?;
        let own = ConnectionSettings::read(section, kind, credentials);
        let connections =
            section.named("connections", None, |section| ConnectionSettings::read(section, kind, credentials));
        let timeout = section.optional("timeout_ms", kinds::milliseconds(1..=600_000));
        let max_rows = section.optional("max_rows", kinds::whole(1..=100_000_000));
        let concurrent = section.optional("concurrent", kinds::whole(1..=256));
        let budgets = section.optional_items("budgets", window);
        let (own, connections) = (own?, connections?);
        let connections = if connections.is_empty() {
            vec![own]
        } else {
            let named =
                connections.into_iter().map(|(name, connection)| ConnectionSettings { name, ..connection.or(&own) });
            named.collect()
        };
        Some(Self {
            kind,
            connections,
            timeout: timeout?,
            max_rows: max_rows?,
            concurrent: concurrent?,
            budgets: budgets?,
        })
    }
}

/// Its own items, or if it has none those of the other.
fn filled<T: Clone>(own: Vec<T>, other: &[T]) -> Vec<T> {
    if own.is_empty() { other.to_vec() } else { own }
}

fn kind(text: &str) -> Result<SourceKind, Wrong> {
    SourceKind::all()
        .find(|kind| kind.facts().id == text)
        .ok_or_else(|| Wrong::allowed(or(SourceKind::all().map(|kind| kind.facts().id))))
}

/// Becomes part of an address or of a request, as it is.
fn part_of_an_address(text: &str) -> Result<String, Wrong> {
    let is_plain =
        !text.is_empty() && text.len() <= 200 && !text.contains(|c: char| c.is_control() || c.is_whitespace());
    if is_plain { Ok(text.to_owned()) } else { Err(Wrong::allowed("a name or an id without blanks")) }
}
