//! Masks of accounts, domains and security identifiers.

use super::keyed::Keyed;

/// Accounts and domains that every system has.
const WELL_KNOWN: [&str; 22] = [
    "-",
    "administrator",
    "anonymous logon",
    "builtin",
    "crontab",
    "daemon",
    "defaultaccount",
    "everyone",
    "font driver host",
    "guest",
    "local service",
    "localservice",
    "network service",
    "networkservice",
    "nobody",
    "nt authority",
    "nt service",
    "root",
    "system",
    "wdagutilityaccount",
    "window manager",
    "workgroup",
];

fn is_well_known(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    name.is_empty() || WELL_KNOWN.contains(&name.as_str())
}

/// `name`, `name@domain`, `domain\name` or `domain/name`.
pub(super) fn account(keyed: &Keyed, text: &str) -> String {
    if let Some((name, of)) = text.rsplit_once('@') {
        return format!("{}@{}", user(keyed, name), domain(keyed, of));
    }
    if let Some(at) = text.find(['\\', '/']) {
        let (of, name) = text.split_at(at);
        let (sign, name) = name.split_at(1);
        return format!("{}{sign}{}", domain(keyed, of), user(keyed, name));
    }
    user(keyed, text)
}

fn user(keyed: &Keyed, name: &str) -> String {
    if is_well_known(name) {
        return name.to_owned();
    }
    // The account of a machine ends so.
    let (name, sign) = name.strip_suffix('$').map_or((name, ""), |name| (name, "$"));
    let number = keyed.below("account", name.to_lowercase().as_bytes(), 1_000_000_000_000);
    format!("account-#{number:012}{sign}")
}

/// Each label for itself, so that what is below one domain still is.
pub(super) fn domain(keyed: &Keyed, name: &str) -> String {
    if is_well_known(name) {
        return name.to_owned();
    }
    let label = |label: &str| super::value::letters(keyed, &label.to_lowercase());
    name.split('.').map(label).collect::<Vec<_>>().join(".")
}

/// A SID. Those that every system has stay; of a user's the domain is masked, of one in Entra all of it.
pub(super) fn sid(keyed: &Keyed, text: &str) -> String {
    let parts: Vec<&str> = text.split('-').collect();
    let masked = |part: &&str, whole: &str| {
        let value = format!("{whole} {part}");
        keyed.below("sid", value.as_bytes(), 1 << 32).to_string()
    };
    match parts.as_slice() {
        [s, "1", "5", "21", domain @ .., account] if s.eq_ignore_ascii_case("s") && domain.len() == 3 => {
            let whole = domain.join("-");
            let domain: Vec<_> = domain.iter().map(|part| masked(part, &whole)).collect();
            format!("{s}-1-5-21-{}-{account}", domain.join("-"))
        }
        [s, "1", "12", "1", rest @ ..] if s.eq_ignore_ascii_case("s") => {
            let whole = rest.join("-");
            let rest: Vec<_> = rest.iter().map(|part| masked(part, &whole)).collect();
            format!("{s}-1-12-1-{}", rest.join("-"))
        }
        [s, "1", ..] if s.eq_ignore_ascii_case("s") => text.to_owned(),
        _ => super::value::letters(keyed, text),
    }
}
