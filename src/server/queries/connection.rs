//! One place where a source is asked: its address, its credentials, its budget.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use model::Span;
use providers::Window;
use sources::{Access, Facts, Question};
use tokio::time::Instant;
use url::Url;

use super::{run::Run, session::Sessions};
use crate::{
    settings::{ConnectionSettings, ExternalPlace, LocalTable, LogPlace, ObjectSettings, Secret, SourceSettings},
    upstream::name_credential,
};

/// One place where a source is asked.
pub struct Connection {
    /// Its name: the source's own, if there is one place only.
    pub name: String,
    /// What the source is by itself.
    pub facts: &'static Facts,
    /// Where within it is asked.
    pub place: Vec<String>,
    /// The groups that it belongs to.
    pub groups: Vec<String>,
    /// The settings that are missing before it can be asked.
    pub needs: Vec<String>,
    /// How the source knows who asks.
    pub(super) access: Option<Access>,
    /// Its address, if the settings say.
    pub(super) base_url: Option<Url>,
    pub(super) credential: Option<String>,
    pub(super) key: Option<Secret>,
    pub(super) user: Option<Secret>,
    pub(super) password: Option<Secret>,
    pub(super) tls: bool,
    /// Where logs lie that the service reads itself, and what is said of their tables.
    #[cfg_attr(not(feature = "engine"), expect(dead_code, reason = "only the engine reads logs"))]
    pub(super) logs: Option<LogPlace>,
    #[cfg_attr(not(feature = "engine"), expect(dead_code, reason = "only the engine reads logs"))]
    pub(super) objects: ObjectSettings,
    #[cfg_attr(not(feature = "engine"), expect(dead_code, reason = "only the engine reads logs"))]
    pub(super) tables: BTreeMap<String, LocalTable>,
    /// What `externaldata` may read.
    #[cfg_attr(not(feature = "engine"), expect(dead_code, reason = "only the engine reads logs"))]
    pub(super) external_data: Vec<ExternalPlace>,
    pub(super) sessions: Sessions,
    /// Limits of the credential, and its name in the budgets.
    pub(super) windows: Vec<Window>,
    pub(super) budget: String,
    /// Its name among the breakers.
    pub(super) breaker: String,
    run: Arc<dyn Run>,
}

impl Connection {
    pub(super) fn new(
        source: &str,
        facts: &'static Facts,
        settings: &SourceSettings,
        of: &ConnectionSettings,
        run: Arc<dyn Run>,
    ) -> Self {
        let name = if of.name.is_empty() { source.to_owned() } else { of.name.clone() };
        let path = if of.name.is_empty() {
            format!("sources.{source}")
        } else {
            format!("sources.{source}.connections.{name}")
        };
        let usual =
            || facts.budgets.iter().map(|(requests, per_s)| Window { requests: *requests, per_s: *per_s }).collect();
        let key = of.key.as_ref().or(of.password.as_ref());
        let base = of.base_url.as_ref().map_or(facts.id, Url::as_str);
        let who = [facts.id, base, of.credential.as_deref().unwrap_or_default()].join("\u{1f}");
        Self {
            needs: of.needs(facts).into_iter().map(|need| format!("{path}.{need}")).collect(),
            access: of.access(facts),
            base_url: of.base_url.clone(),
            credential: of.credential.clone(),
            key: of.key.clone(),
            user: of.user.clone(),
            password: of.password.clone(),
            tls: of.tls.unwrap_or(true),
            logs: of.logs.clone(),
            objects: of.objects.clone(),
            tables: of.tables.clone(),
            external_data: of.external_data.clone(),
            sessions: Sessions::default(),
            windows: settings.budgets.clone().unwrap_or_else(usual),
            budget: name_credential(&who, key),
            breaker: format!("source:{source}:{name}"),
            place: of.place.clone(),
            groups: of.groups.clone(),
            facts,
            name,
            run,
        }
    }

    /// What runs queries here.
    pub(super) fn run(&self) -> Arc<dyn Run> {
        Arc::clone(&self.run)
    }

    /// Whether a caller or a template means it by this word: its name, its place, its address or the first part of its
    /// host's name, in any case.
    pub fn is_called(&self, word: &str) -> bool {
        let word = word.trim().trim_end_matches('/');
        let host = self.base_url.as_ref().and_then(Url::host_str);
        let short = host.and_then(|host| host.split('.').next());
        let address = self.base_url.as_ref().map(|url| url.as_str().trim_end_matches('/'));
        let names = [Some(self.name.as_str()), self.place.first().map(String::as_str), host, short, address];
        names.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(word))
    }

    /// A question for this place.
    pub(super) fn question(&self, query: &str, span: Option<Span>, max_rows: Option<u64>, until: Instant) -> Question {
        let left = until.saturating_duration_since(Instant::now());
        Question {
            query: query.to_owned(),
            span,
            max_rows,
            place: self.place.clone(),
            patience: left.min(self.facts.longest).max(Duration::from_secs(1)),
            run_id: uuid::Uuid::new_v4().to_string(),
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("name", &self.name).finish_non_exhaustive()
    }
}
