//! What operators can rely on: which layer wins, what is told of a mistake, and that secrets stay secret.

use std::{
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use model::Tlp;
use proptest::prelude::*;

use super::*;

/// A file system with one file.
struct OneFile;

impl Files for OneFile {
    fn read(&self, file: &Path) -> io::Result<String> {
        match file.to_str() {
            Some("/run/secrets/key") => Ok("from a file\n".to_owned()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(vec![path.to_owned()])
    }
}

fn variables(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn read(file: &str, environment: &[(&str, &str)]) -> Result<Settings, Mistakes> {
    Settings::from_layers(Some(("pivotd.yaml", file)), &variables(environment), &OneFile, &["corp_list"])
}

/// The mistakes, each as its key, what is wrong and where.
fn told(file: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let mistakes = read(file, environment).expect_err("mistakes");
    mistakes.iter().map(|mistake| format!("{} | {} | {}", mistake.key, mistake.what, mistake.origin)).collect()
}

#[test]
fn the_defaults_are_whole_and_safe() {
    let settings = Settings::from_layers(None, &BTreeMap::new(), &OneFile, &[]).unwrap();
    assert!(settings.server.listen.ip().is_loopback());
    assert_eq!(settings.server.drain.as_secs(), 25);
    assert_eq!((settings.limits.concurrent, settings.limits.items_per_call), (2000, 10_000));
    assert_eq!((settings.limits.body_bytes, settings.limits.json_depth), (10 << 20, 32));
    assert_eq!(settings.cache.near_bytes, 64 << 20);
    assert!(settings.cache.redis.is_none() && settings.telemetry.otlp.is_none() && settings.egress.proxy.is_none());
    assert_eq!(settings.policy.tlp_default, Tlp::Amber);
    assert_eq!(settings.policy.side_effects, [::providers::SideEffect::Passive]);
    assert!(settings.providers.is_empty() && settings.egress.allow_ranges.is_empty());
    assert!(settings.profiles["default"].lookups.is_empty());
    assert_eq!(settings.profiles["default"].context, [ContextPart::Whois]);
    assert!(settings.telemetry.metrics && settings.telemetry.log_format == LogFormat::Json);
}

#[test]
fn a_later_layer_overrides_leaf_by_leaf_and_replaces_lists() {
    let file = "
server:
limits: { concurrent: 8, requests_per_s: 20 }
policy: { internal_domains: [Corp.Example, lan], tlp_default: TLP:GREEN }
providers: { abuseipdb: { key: 'from the file', timeout_ms: 500 } }
profiles: { Triage: { lookups: [corp_list, abuseipdb] } }
";
    let environment = [
        ("PIVOTD__LIMITS__REQUESTS_PER_S", ""),
        ("PIVOTD__POLICY__INTERNAL_DOMAINS", "a.example, b.example"),
        ("PIVOTD__POLICY__SIDE_EFFECTS", "[passive, active]"),
        ("pivotd__providers__abuseipdb__key__file", "/run/secrets/key"),
        ("PIVOTD__PROFILES__TRIAGE__LOOKUPS", "abuseipdb"),
    ];
    let settings = read(file, &environment).unwrap();
    assert_eq!((settings.limits.concurrent, settings.limits.requests_per_s), (8, 0));
    assert_eq!(settings.limits.json_depth, 32);
    assert_eq!(settings.policy.internal_domains, ["a.example", "b.example"]);
    assert_eq!(settings.policy.tlp_default, Tlp::Green);
    assert_eq!(settings.policy.side_effects.len(), 2);
    let provider = &settings.providers["abuseipdb"];
    assert_eq!(provider.key.as_ref().unwrap().expose(), "from a file");
    assert_eq!(provider.timeout.unwrap().as_millis(), 500);
    assert_eq!(settings.profiles["Triage"].lookups, ["abuseipdb"]);
    assert!(settings.profiles.contains_key("default"));
}

#[test]
fn lists_of_sections_are_read_from_the_environment_place_by_place() {
    let digest = "ab".repeat(32);
    let settings = read(
        "auth: { api_keys: [ { id: old, sha256: nonsense } ] }",
        &[
            ("PIVOTD__AUTH__API_KEYS__0__ID", "soar"),
            ("PIVOTD__AUTH__API_KEYS__0__SHA256", &digest),
            ("PIVOTD__AUTH__API_KEYS__0__SCOPES", "lookup,sentinel.read"),
            (
                "PIVOTD__AUTH__JWT",
                "[{ issuer: i, audience: a, jwks_url: 'https://x/k', roles_to_scopes: { R: [admin] } }]",
            ),
            ("PIVOTD__SERVER__LISTEN", "0.0.0.0:80"),
        ],
    )
    .unwrap();
    let [key] = settings.auth.api_keys.as_slice() else { panic!("one key") };
    assert_eq!((key.id.as_str(), key.sha256), ("soar", [0xab; 32]));
    assert_eq!(key.scopes, [Scope::Lookup, Scope::SentinelRead]);
    assert_eq!(settings.auth.jwt[0].roles_to_scopes["R"], [Scope::Admin]);
}

#[test]
fn all_mistakes_are_told_at_once_each_with_its_place() {
    let file = "server:
  lisetn: 127.0.0.1:80
  drain_s: soon
  workers: 0
auth:
  api_keys:
    - { id: a, sha256: too-short, scopes: [lookup, fly] }
    - { id: a }
  dangerously_allow_anonymous: yes
limits: 5
policy:
  tlp_default: purple
  side_effects: passive
providers:
  abuseipbd: {}
  abuseipdb:
    base_url: nonsense
    budgets: [ { requests: 0 } ]
    key: { file: /nowhere }
profiles: { default: { lookups: [nobody] } }
telemetry: { log: { level: inof } }
servers: {}
";
    let told =
        told(file, &[("PIVOTD__EGRESS__ALLOW_RANGES", "10.0.0.0/8,ten"), ("PIVOTD__DNS__SERVERS__0", "one.one")]);
    let expected = [
        "auth.api_keys[0].sha256 | what is set is not allowed | file pivotd.yaml line 7",
        "auth.api_keys[0].scopes[1] | \"fly\" is not allowed | file pivotd.yaml line 7",
        "auth.api_keys[1].id | \"a\" is not allowed | file pivotd.yaml line 8",
        "auth.api_keys[1].sha256 | missing | file pivotd.yaml line 8",
        "auth.dangerously_allow_anonymous | \"yes\" is not allowed | file pivotd.yaml line 9",
        "server.workers | \"0\" is not allowed | file pivotd.yaml line 4",
        "server.drain_s | \"soon\" is not allowed | file pivotd.yaml line 3",
        "server.lisetn | not a known key; did you mean listen? | file pivotd.yaml line 2",
        "limits | not a section | file pivotd.yaml line 10",
        "egress.allow_ranges[1] | \"ten\" is not allowed | environment PIVOTD__EGRESS__ALLOW_RANGES",
        "policy.tlp_default | \"purple\" is not allowed | file pivotd.yaml line 12",
        "policy.side_effects | not a list | file pivotd.yaml line 13",
        "providers.abuseipbd | not a known key; did you mean abuseipdb? | file pivotd.yaml line 15",
        "providers.abuseipdb.key | the file \"/nowhere\" cannot be read: entity not found | file pivotd.yaml line 19",
        "providers.abuseipdb.base_url | \"nonsense\" is not allowed | file pivotd.yaml line 17",
        "providers.abuseipdb.budgets[0].requests | \"0\" is not allowed | file pivotd.yaml line 18",
        "providers.abuseipdb.budgets[0].per_s | missing | file pivotd.yaml line 18",
        "dns.servers[0] | \"one.one\" is not allowed | environment PIVOTD__DNS__SERVERS__0",
        "profiles.default.lookups[0] | \"nobody\" is not allowed | file pivotd.yaml line 20",
        "telemetry.log.level | \"inof\" is not allowed | file pivotd.yaml line 21",
        "servers | not a known key; did you mean server? | file pivotd.yaml line 22",
    ];
    assert_eq!(told, expected, "{told:#?}");
}

#[test]
fn others_than_this_machine_are_let_in_only_with_credentials_or_by_a_dangerous_setting() {
    for open in ["0.0.0.0:8080", "\"[::]:8080\"", "10.0.0.1:8080"] {
        let listen = format!("server: {{ listen: {open} }}\n");
        let message = read(&listen, &[]).err().unwrap().to_string();
        assert!(message.contains("server.listen") && message.contains("dangerously_allow_anonymous"), "{message}");
        assert!(read(&(listen.clone() + "auth: { dangerously_allow_anonymous: true }"), &[]).is_ok());
        let key = format!("auth: {{ api_keys: [ {{ id: a, sha256: {} }} ] }}", "0".repeat(64));
        assert!(read(&(listen + &key), &[]).is_ok());
    }
    assert!(read("server: { listen: '[::1]:8080' }", &[]).is_ok());
}

#[test]
fn secrets_come_from_text_variables_and_files() {
    let key = |key: &str| {
        let settings = read(&format!("providers: {{ abuseipdb: {{ key: {key} }} }}"), &[("KEY", "of a variable")])?;
        Ok::<_, Mistakes>(settings.providers["abuseipdb"].key.clone().unwrap().expose().to_owned())
    };
    assert_eq!(key("text").unwrap(), "text");
    assert_eq!(key("0123").unwrap(), "0123");
    assert_eq!(key("{ env: KEY }").unwrap(), "of a variable");
    assert_eq!(key("{ file: /run/secrets/key }").unwrap(), "from a file");
    for wrong in ["{ env: NONE }", "{ file: /none }", "{ env: KEY, file: /x }", "{}", "[a]", "''", "{ key_vault: a/b }"]
    {
        let message = key(wrong).err().unwrap().to_string();
        assert!(message.contains("providers.abuseipdb.key"), "{wrong}: {message}");
    }
}

#[test]
fn what_lies_in_a_vault_is_waited_for_and_needs_a_way_there() {
    let text = "providers: { abuseipdb: { key: { key_vault: abuse-key } } }\n\
                credentials: { soc: { kind: managed_identity } }\n";
    let way = "key_vault: { url: https://soc.vault.azure.net, credential: soc }\n";
    let settings = read(&format!("{text}{way}"), &[]).unwrap();
    let [waiting] = settings.key_vault.secrets.as_slice() else { panic!("one secret") };
    assert_eq!((waiting.key.as_str(), waiting.name.as_str()), ("providers.abuseipdb.key", "abuse-key"));
    waiting.secret.arrive("from the vault".to_owned());
    assert_eq!(settings.providers["abuseipdb"].key.clone().unwrap().expose(), "from the vault");

    assert_eq!(
        told(text, &[]),
        [
            "key_vault.url | needed for providers.abuseipdb.key | defaults",
            "key_vault.credential | needed for providers.abuseipdb.key | defaults",
        ]
    );
    let before =
        "credentials: { soc: { kind: client_secret, tenant_id: t, client_id: c, secret: { key_vault: x } } }\n";
    assert_eq!(
        told(&format!("{before}{way}"), &[]),
        ["credentials.soc.secret | needed on the way to the vault | file pivotd.yaml line 1"]
    );
}

#[test]
fn credentials_are_what_their_kind_needs_and_nothing_else() {
    let credential = |text: &str, environment: &[(&str, &str)]| {
        read(&format!("credentials: {{ c: {{ {text} }} }}"), environment)
            .map(|mut s| s.credentials.remove("c").unwrap())
    };
    let secret = credential("kind: client_secret, cloud: china, tenant_id: t.example, client_id: c, secret: s", &[]);
    assert_eq!(secret.unwrap().cloud, Cloud::China);
    let pod = [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_FEDERATED_TOKEN_FILE", "/run/token")];
    let by_pod = credential("kind: workload_identity", &pod).unwrap();
    assert!(
        matches!(by_pod.proof, Proof::WorkloadIdentity { token_file, .. } if token_file == Path::new("/run/token"))
    );
    let app = [("IDENTITY_ENDPOINT", "http://localhost:42356/msi/token"), ("IDENTITY_HEADER", "h")];
    let by_app = credential("kind: managed_identity", &app).unwrap();
    assert!(matches!(by_app.proof, Proof::ManagedIdentity { endpoint: Some(_), header: Some(_), .. }));

    for (text, expected) in [
        ("kind: client_secret", vec!["tenant_id", "client_id", "secret"]),
        ("kind: certificate, tenant_id: t, client_id: c", vec!["certificate"]),
        ("kind: workload_identity", vec!["tenant_id", "client_id", "token_file"]),
        ("kind: device_code", vec!["kind"]),
        ("kind: managed_identity, secret: s", vec!["secret"]),
        ("kind: client_secret, tenant_id: a/../b, client_id: c, secret: s", vec!["tenant_id"]),
    ] {
        let mistakes = credential(text, &[]).err().unwrap();
        let keys: Vec<_> = mistakes.iter().map(|mistake| mistake.key.clone()).collect();
        let expected: Vec<_> = expected.iter().map(|key| format!("credentials.c.{key}")).collect();
        assert_eq!(keys, expected, "{text}");
    }
}

#[test]
fn whose_role_opens_a_bucket_is_said_by_the_settings_or_by_the_platform() {
    let identity = |text: &str, environment: &[(&str, &str)]| {
        let text = format!("sources: {{ lake: {{ kind: local, path: 's3://soc/logs', {text} }} }}");
        read(&text, environment).map(|mut s| s.sources.remove("lake").unwrap().connections.remove(0).objects.identity)
    };
    let pod = [("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/soc"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token")];
    let by_pod = identity("identity: web_identity", &pod).unwrap().unwrap();
    assert!(matches!(by_pod, AwsIdentity::WebIdentity { role_arn, .. } if role_arn.ends_with("role/soc")));
    let task = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x")];
    match identity("identity: container", &task).unwrap() {
        Some(AwsIdentity::Container { endpoint, token_file: None }) => {
            assert_eq!(endpoint.as_str(), "http://169.254.170.2/v2/credentials/x");
        }
        other => panic!("{other:?}"),
    }
    let agent = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials")];
    let by_agent = identity("identity: container, token_file: /run/token", &agent).unwrap();
    assert!(matches!(by_agent, Some(AwsIdentity::Container { token_file: Some(_), .. })), "{by_agent:?}");
    assert_eq!(identity("identity: instance", &[]).unwrap(), Some(AwsIdentity::Instance { endpoint: None }));
    assert_eq!(identity("region: eu-central-1", &pod).unwrap(), None, "nobody is asked whom nobody named");

    for (text, expected) in [
        ("identity: web_identity", vec!["role_arn", "token_file"]),
        ("identity: container", vec!["identity_endpoint"]),
        ("identity: somebody", vec!["identity"]),
        ("identity: web_identity, role_arn: soc, token_file: /run/token", vec!["role_arn"]),
    ] {
        let mistakes = identity(text, &[]).err().unwrap();
        let keys: Vec<_> = mistakes.iter().map(|mistake| mistake.key.clone()).collect();
        let expected: Vec<_> = expected.iter().map(|key| format!("sources.lake.{key}")).collect();
        assert_eq!(keys, expected, "{text}");
    }
}

#[test]
fn no_mistake_shows_a_secret_however_it_came_about() {
    let places = [
        "providers: { abuseipdb: { kye: s3cret } }",
        "providers: { abuseipdb: s3cret }",
        "providers: s3cret",
        "providers: { abuseipdb: { key: [s3cret] } }",
        "providers: { abuseipdb: { base_url: 'https://u:s3cret@x' } }",
        "providers: { abuseipdb: { base_url: 'https://x/?key=s3cret' } }",
        "auth: { api_keys: [ { id: a, sha256: s3cret } ] }",
        "auth: { api_keys: s3cret }",
        "auth: { api_keys: [ s3cret ] }",
        "cache: { redis: 'redis://:s3cret@x' }",
        "cache: { redis: { url: 'http://:s3cret@x' } }",
        "cache: { redis: { urls: 'redis://:s3cret@x' } }",
        "cache: { redis: { urls: ['redis://:s3cret@x', 'redis://y'] } }",
        "egress: { proxy: s3cret }",
        "egress: { proxy: 's3cret",
    ];
    for place in places {
        let mistakes = read(place, &[]).expect_err(place);
        assert!(!mistakes.to_string().contains("s3cret"), "{mistakes}");
        let environment = [("PIVOTD__PROVIDERS__ABUSEIPDB__KYE", "s3cret"), ("PIVOTD__CACHE__REDIS__URL", "s3cret")];
        assert!(!told("", &environment).concat().contains("s3cret"));
    }
}

#[test]
fn settings_and_their_summary_show_no_secret() {
    let file = "
cache: { redis: { url: 'redis://:s3cret@cache.example' } }
egress: { proxy: 'http://u:s3cret@proxy.example:3128' }
providers: { abuseipdb: { key: s3cret, id: s3cret } }
";
    let settings = read(file, &[]).unwrap();
    let debug = format!("{settings:?}");
    assert!(debug.contains("[secret]") && !debug.contains("s3cret"), "{debug}");
    let summary = describe(&settings);
    assert!(!summary.contains("s3cret") && summary.contains("Redis"), "{summary}");
    assert!(summary.lines().any(|line| line.split_whitespace().eq(["abuseipdb", "on"])), "{summary}");
    let summary = describe(&read("", &[]).unwrap());
    assert!(summary.contains("off: needs providers.abuseipdb.key"), "{summary}");
}

#[test]
fn redis_and_the_collector_are_there_once_they_have_an_address() {
    let redis = |file: &str| read(&format!("cache: {{ redis: {file} }}"), &[]).map(|settings| settings.cache.redis);
    assert!(redis("null").unwrap().is_none());
    assert!(redis("{ prefix: 'x:' }").unwrap().is_none());
    let single = redis("{ url: 'redis://localhost', prefix: 'x:' }").unwrap().unwrap();
    assert_eq!((single.urls.len(), single.mode, single.prefix.as_str()), (1, RedisMode::Single, "x:"));
    let cluster = redis("{ urls: ['redis://a', { file: /none }], mode: cluster }");
    assert!(cluster.err().unwrap().to_string().contains("cache.redis.urls[1]"));
    assert!(redis("{ url: 'redis://a', urls: ['redis://b'], mode: cluster }").is_err());
    assert!(redis("{ urls: ['redis://a', 'redis://b'] }").is_err());

    let otlp = |file: &str| read(&format!("telemetry: {{ otlp: {file} }}"), &[]).map(|s| s.telemetry.otlp);
    assert!(otlp("{ protocol: grpc }").unwrap().is_none());
    assert_eq!(otlp("{ endpoint: 'http://c:4318' }").unwrap().unwrap().protocol, OtlpProtocol::Http);
    assert!(otlp("{ endpoint: 'https://c:4317', protocol: grpc }").is_err());
}

#[test]
fn jobs_are_kept_for_a_while_and_only_hosts_are_told() {
    let jobs = read("jobs: { callback_hosts: [Hooks.Example, '[::1]'] }", &[]).unwrap().jobs;
    assert_eq!(
        (jobs.keep, jobs.callback_hosts.as_slice()),
        (Duration::from_hours(1), ["hooks.example", "[::1]"].map(String::from).as_slice())
    );
    let keys =
        |text: &str| read(text, &[]).err().unwrap().iter().map(|mistake| mistake.key.clone()).collect::<Vec<_>>();
    assert_eq!(
        keys("jobs: { ttl_s: 5, callback_hosts: ['https://hooks.example/x'] }"),
        ["jobs.ttl_s", "jobs.callback_hosts[0]"]
    );
}

#[test]
fn databases_are_downloaded_once_there_are_both_credentials() {
    let update = |text: &str| read(&format!("geo: {{ update: {text} }}"), &[]).map(|settings| settings.geo.update);
    assert!(update("{ every_h: 48 }").unwrap().is_none());
    let both = update("{ account_id: 7, key: s3cret, folder: /f }").unwrap().unwrap();
    assert_eq!((both.account_id.expose(), both.key.expose(), both.every), ("7", "s3cret", Duration::from_hours(24)));
    assert_eq!(both.file(&both.editions[0]), Path::new("/f/GeoLite2-City.mmdb"));
    for (text, expected) in [
        ("{ key: s3cret }", "geo.update.key | set without account_id | file pivotd.yaml line 1"),
        ("{ account_id: 7 }", "geo.update.account_id | set without key | file pivotd.yaml line 1"),
        ("{ editions: [a/b] }", "geo.update.editions[0] | \"a/b\" is not allowed | file pivotd.yaml line 1"),
    ] {
        assert_eq!(told(&format!("geo: {{ update: {text} }}"), &[]), [expected]);
    }
}

#[test]
fn one_layer_that_cannot_be_read_hides_no_mistake_of_another() {
    let told = told("a: [", &[("PIVOTD__A", "{"), ("PIVOTD__B__", "1")]);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(read("- a", &[]).err().unwrap().to_string().contains("not a map of sections"));
}

#[test]
fn the_file_is_named_by_the_command_line_or_else_by_a_variable() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"server: { drain_s: 7 }").unwrap();
    let path = file.path();
    let named = variables(&[("PIVOTD_CONFIG", path.to_str().unwrap())]);
    let elsewhere = variables(&[("PIVOTD_CONFIG", "/nowhere/pivotd.yaml")]);
    for (file, environment) in [(Some(path), &BTreeMap::new()), (Some(path), &elsewhere), (None, &named)] {
        assert_eq!(Settings::load(file, environment, &[]).unwrap().server.drain.as_secs(), 7);
    }
    let message = Settings::load(None, &elsewhere, &[]).err().unwrap().to_string();
    assert!(message.contains("/nowhere/pivotd.yaml") && message.contains("environment PIVOTD_CONFIG"), "{message}");
}

proptest! {
    #[test]
    fn no_file_and_no_variable_is_able_to_break_it(
        section in "(server|auth|cache|providers|profiles|telemetry|policy)",
        value in "[a-z0-9:,{}\\[\\]'\"\n -]{0,50}",
        name in "[A-Za-z0-9_]{0,20}",
    ) {
        let _ = read(&format!("{section}: {value}"), &[]);
        let variable = format!("PIVOTD__{section}__{name}");
        let _ = read("", &[(&variable, &value)]);
    }
}

#[test]
fn sources_are_what_their_kind_needs_and_connections_inherit() {
    let text = "credentials: { soc: { kind: managed_identity } }\n\
        sources: { all: { kind: sentinel, credential: soc, groups: [g], connections: { east: { workspace_id: e }, \
        west: { workspace_id: w, groups: [h] } } }, db: { kind: postgres, base_url: 'postgres://db.example:5433', tls: false } }";
    let settings = read(text, &[]).unwrap();
    let all = &settings.sources["all"];
    let connections: Vec<_> =
        all.connections.iter().map(|c| (c.name.as_str(), c.place.clone(), c.groups.clone())).collect();
    let listed = |name: &str| vec![name.to_owned()];
    assert_eq!(connections, [("east", listed("e"), listed("g")), ("west", listed("w"), listed("h"))]);
    assert!(all.connections.iter().all(|connection| connection.needs(all.kind.facts()).is_empty()));
    let db = &settings.sources["db"];
    assert_eq!(db.connections[0].needs(db.kind.facts()), ["database", "user and password"]);

    for (source, key) in [
        ("kind: sentinell", "sources.s.kind"),
        ("credential: soc", "sources.s.kind"),
        ("kind: sentinel, credential: other", "sources.s.credential"),
        ("kind: sentinel, database: x", "sources.s.database"),
        ("kind: splunk, base_url: 'https://u:p@splunk.example'", "sources.s.base_url"),
        ("kind: splunk, tls: true", "sources.s.tls"),
        ("kind: kusto, database: 'a b'", "sources.s.database"),
        ("kind: kusto, connections: { a: { kind: kusto } }", "sources.s.connections.a.kind"),
    ] {
        let mistakes = read(&format!("sources: {{ s: {{ {source} }} }}"), &[]).err().unwrap();
        assert_eq!(mistakes.iter().next().unwrap().key, key, "{source}");
    }
}
