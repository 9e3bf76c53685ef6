//! The settings in short, for `pivotd check`: what is on, and what it lacks. Never a secret.

use std::fmt::{self, Display, Write};

use providers::Provider;

use super::{ProviderSettings, RedisMode, Settings};

/// What the settings come to, for people.
pub fn describe(settings: &Settings) -> String {
    let mut page = Page::default();
    let Settings { server, auth, limits, cache, egress, policy, geo, telemetry, .. } = settings;

    page.line("listens on", server.listen);
    page.line("operations on", Or(server.ops_listen, "the same address"));
    page.line("public address", Or(server.public_url.as_ref(), "not known: links in answers are relative"));
    page.line(
        "callers",
        format_args!(
            "{} API keys, {} token issuers{}",
            auth.api_keys.len(),
            auth.jwt.len(),
            if auth.knows_callers() { "" } else { "; anybody who reaches the address" }
        ),
    );
    page.line("requests a second", Limit(limits.requests_per_s));
    page.line("requests at once", Limit(limits.concurrent));
    page.line("near cache", format_args!("{} MiB", cache.near_bytes / 1024 / 1024));
    page.line(
        "far cache",
        match cache.redis.as_ref().map(|redis| redis.mode) {
            None => "none: each replica keeps its own answers and budgets",
            Some(RedisMode::Single) => "Redis",
            Some(RedisMode::Cluster) => "Redis Cluster",
            Some(RedisMode::Sentinel) => "Redis Sentinel",
        },
    );
    page.line("proxy", if egress.proxy.is_some() { "yes" } else { "none" });
    page.line("TLP without label", policy.tlp_default);
    page.line("own databases", geo.databases.len());
    page.line("downloads", geo.update.as_ref().map_or_else(|| "none".to_owned(), |update| update.editions.join(", ")));
    page.line("collector", Or(telemetry.otlp.as_ref().map(|otlp| &otlp.endpoint), "none"));

    page.text.push_str("\nproviders\n");
    let custom = settings.custom_providers.iter().map(|custom| *custom as &dyn Provider);
    for provider in providers::ALL.iter().copied().chain(custom) {
        let facts = provider.facts();
        let absent = ProviderSettings::default();
        let own = settings.providers.get(facts.id).unwrap_or(&absent);
        let needs = own.needs(facts);
        let on = own.enabled.unwrap_or(facts.on_by_default && needs.is_empty());
        page.line(
            facts.id,
            match (on, needs.is_empty()) {
                (true, true) => "on".to_owned(),
                (true, false) => format!("on, but cannot be asked: needs {}", needs.join(", ")),
                (false, true) => "off".to_owned(),
                (false, false) => format!("off: needs {}", needs.join(", ")),
            },
        );
    }
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, name: &str, value: impl Display) {
        // Writing to a text does not fail.
        let _ = writeln!(self.text, "  {name:<18} {value}");
    }
}

/// A value, or what its absence means.
struct Or<T>(Option<T>, &'static str);

impl<T: Display> Display for Or<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str(self.1),
        }
    }
}

/// A limit of which 0 means none.
struct Limit(u32);

impl Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { f.write_str("no limit") } else { self.0.fmt(f) }
    }
}
