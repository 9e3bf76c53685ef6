//! What a provider is, as data: whom it answers for, how it is paid, how long its answers last.

use std::time::Duration;

use model::{ObservableKind, Tlp};

/// Where the credentials go in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// No credentials.
    None,
    /// The key in this header.
    Header(&'static str),
    /// The key in this header when there is one; works without.
    OptionalHeader(&'static str),
    /// `Authorization: Bearer <key>`.
    Bearer,
    /// The key in this query parameter.
    Query(&'static str),
    /// The key in this query parameter when there is one; works without.
    OptionalQuery(&'static str),
    /// `Authorization: Basic <id:key>`.
    Basic,
    /// The key in this cookie.
    Cookie(&'static str),
    /// `Authorization: Bearer <token>`, with a token of Entra for this audience: a named credential instead of a key.
    Entra(Audience),
}

/// Whom a token of Entra is for. Each cloud has an address of its own for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Microsoft Graph.
    Graph,
    /// Log Analytics.
    LogAnalytics,
}

impl Auth {
    /// Whether nothing can be asked without a key.
    pub const fn needs_key(self) -> bool {
        !matches!(self, Self::None | Self::OptionalHeader(_) | Self::OptionalQuery(_) | Self::Entra(_))
    }

    /// Whether a credential is needed that tokens are asked for with.
    pub const fn needs_credential(self) -> bool {
        matches!(self, Self::Entra(_))
    }

    /// Whether an id is needed beside the key.
    pub const fn needs_id(self) -> bool {
        matches!(self, Self::Basic)
    }
}

/// What asking does beyond telling the provider that somebody asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SideEffect {
    /// Nothing.
    Passive,
    /// Others can see what was asked.
    Publishes,
    /// The thing itself is contacted.
    Active,
}

impl SideEffect {
    /// The name in settings and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passive => "passive",
            Self::Publishes => "publishes",
            Self::Active => "active",
        }
    }
}

/// What a provider is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Whether an observable is bad: `/v1/ti/lookup`.
    ThreatIntelligence,
    /// Whose a network or name is: whois, AS numbers.
    Network,
    /// What the organisation itself knows: `/v1/context/lookup`.
    Context,
}

impl Purpose {
    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ThreatIntelligence => "threat_intelligence",
            Self::Network => "network",
            Self::Context => "context",
        }
    }
}

/// How many requests a credential may make in how many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Requests.
    pub requests: u32,
    /// In so many seconds.
    pub per_s: u32,
}

/// Another question that a provider answers besides its usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryType {
    /// Its name, as callers give it in `query_type`.
    pub name: &'static str,
    /// The kinds that it answers for.
    pub kinds: &'static [ObservableKind],
    /// What asking it does.
    pub side_effect: SideEffect,
}

/// What a provider is. The numbers are the defaults: settings override base address, timeout, budgets and lifetimes.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// Id in settings, answers and metrics.
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// What it is asked for. Lookups ask only those of their purpose, unless others are named.
    pub purpose: Purpose,
    /// The kinds that its usual question answers for.
    pub kinds: &'static [ObservableKind],
    /// Its further questions.
    pub query_types: &'static [QueryType],
    /// Where it is asked. Request paths are appended. Empty for systems of one's own: then the settings say where.
    pub base_url: &'static str,
    /// Where the credentials go.
    pub auth: Auth,
    /// The limits of the usual free credential.
    pub budgets: &'static [Window],
    /// How long a hit or a clean answer stays fresh.
    pub fresh: Duration,
    /// How long "not known" stays fresh.
    pub fresh_unknown: Duration,
    /// Time limit of one request.
    pub timeout: Duration,
    /// Requests at once.
    pub concurrency: u16,
    /// The strictest label that may be sent to it.
    pub max_tlp: Tlp,
    /// What asking the usual question does.
    pub side_effect: SideEffect,
    /// Whether a value that means nothing to the world may be asked (a list in memory, a system of one's own).
    pub answers_private: bool,
    /// Whether it is on unless the settings turn it off. Providers that need a key count as on once they have one.
    pub on_by_default: bool,
    /// What its terms say that an operator should know.
    pub licence_note: Option<&'static str>,
    /// Largest answer accepted, in bytes after decompression.
    pub body_cap: usize,
    /// Raised whenever the reader would read an old answer differently in a way that stored answers can't serve.
    pub revision: u32,
}

impl Facts {
    /// What holds where a provider says nothing else.
    pub const DEFAULT: Self = Self {
        id: "",
        title: "",
        purpose: Purpose::ThreatIntelligence,
        kinds: &[],
        query_types: &[],
        base_url: "",
        auth: Auth::None,
        budgets: &[],
        fresh: Duration::from_hours(6),
        fresh_unknown: Duration::from_hours(1),
        timeout: Duration::from_secs(10),
        concurrency: 50,
        max_tlp: Tlp::Amber,
        side_effect: SideEffect::Passive,
        answers_private: false,
        on_by_default: true,
        licence_note: None,
        body_cap: 4 * 1024 * 1024,
        revision: 1,
    };

    /// Whether it answers for this kind, with its usual question or the named one.
    pub fn answers(&self, kind: ObservableKind, query_type: Option<&str>) -> bool {
        match query_type {
            None => self.kinds.contains(&kind),
            Some(name) => self.query_types.iter().any(|q| q.name == name && q.kinds.contains(&kind)),
        }
    }

    /// What asking does, for the usual question or the named one.
    pub fn side_effect_of(&self, query_type: Option<&str>) -> SideEffect {
        query_type
            .and_then(|name| self.query_types.iter().find(|q| q.name == name))
            .map_or(self.side_effect, |q| q.side_effect)
    }
}
