//! `cache`: where answers are kept.

use super::{Secret, kinds, section::Section};

/// `cache`
#[derive(Debug, Clone)]
pub struct CacheSettings {
    /// Size of the cache in the process.
    pub near_bytes: u64,
    /// The shared cache.
    pub redis: Option<RedisSettings>,
}

/// `cache.redis`
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// Addresses, with credentials in them: secret.
    pub urls: Vec<Secret>,
    /// How the servers work together.
    pub mode: RedisMode,
    /// First part of every key.
    pub prefix: String,
    /// Name of the group of servers that Sentinel watches.
    pub sentinel_group: String,
}

/// How several Redis servers work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedisMode {
    /// One server.
    Single,
    /// Redis Cluster.
    Cluster,
    /// Redis Sentinel.
    Sentinel,
}

impl CacheSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let near_bytes =
            section.section("near", |near| near.required("bytes", kinds::whole(0..=1024 * 1024 * 1024 * 1024)));
        let redis = section.section("redis", RedisSettings::read);
        Some(Self { near_bytes: near_bytes?, redis: redis? })
    }
}

impl RedisSettings {
    fn read(section: &Section<'_>) -> Option<Option<Self>> {
        let form = kinds::secret_address(&["redis://", "rediss://"]);
        let url = section.formed_secret("url", &form);
        let urls = section.formed_secrets("urls", &form);
        let mode = section.required("mode", |text| {
            kinds::one_of([
                ("single", RedisMode::Single),
                ("cluster", RedisMode::Cluster),
                ("sentinel", RedisMode::Sentinel),
            ])(text)
        });
        let prefix = section.required("prefix", kinds::text);
        let sentinel_group = section.required("sentinel_group", kinds::name);
        let (url, mut urls, mode) = (url?, urls?, mode?);
        if url.is_some() && !urls.is_empty() {
            section.tell("urls", "set beside url", "url or urls, not both");
        }
        urls.extend(url);
        if mode == RedisMode::Single && urls.len() > 1 {
            section.tell("urls", "several addresses", "one address, or the mode cluster or sentinel");
        }
        let settings = Self { urls, mode, prefix: prefix?, sentinel_group: sentinel_group? };
        Some((!settings.urls.is_empty()).then_some(settings))
    }
}
