//! `parse_user_agent`: browser, operating system and device, as far as common ones say what they are.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value as Json};

use super::{Context, RowFunction, arg, arrays::list};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    (name == "parse_user_agent").then_some(parse as RowFunction)
}

/// Families and what they are recognised by; the first that fits counts. Groups are parts of the version.
const BROWSERS: [(&str, &str); 18] = [
    ("AdobeAIR", r"AdobeAIR/(\d+)\.(\d+)(?:\.(\d+))?"),
    ("Nokia OSS Browser", r"Series60/(\d+)\.(\d+)()"),
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)\.(\d+)(?:\.(\d+))?"),
    ("Opera", r"(?:OPR|Opera)/(\d+)\.(\d+)(?:\.(\d+))?"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)\.(\d+)(?:\.(\d+))?"),
    ("Electron", r"Electron/(\d+)\.(\d+)\.(\d+)"),
    ("HeadlessChrome", r"HeadlessChrome/(\d+)\.(\d+)\.(\d+)"),
    ("Chrome Mobile", r"Chrome/(\d+)\.(\d+)\.(\d+)\S* Mobile"),
    ("Chrome", r"(?:Chrome|CriOS)/(\d+)\.(\d+)\.(\d+)"),
    ("Mobile Safari", r"Version/(\d+)\.(\d+)(?:\.(\d+))? Mobile\S* Safari"),
    ("Safari", r"Version/(\d+)\.(\d+)(?:\.(\d+))? Safari"),
    ("IE", r"MSIE (\d+)\.(\d+)()"),
    ("IE", r"Trident/.*rv:(\d+)\.(\d+)()"),
    ("curl", r"curl/(\d+)\.(\d+)\.(\d+)"),
    ("Wget", r"Wget/(\d+)\.(\d+)(?:\.(\d+))?"),
    ("Python Requests", r"python-requests/(\d+)\.(\d+)\.(\d+)"),
    ("Go-http-client", r"Go-http-client/(\d+)\.(\d+)()"),
    ("PowerShell", r"WindowsPowerShell/(\d+)\.(\d+)(?:\.(\d+))?"),
];

const SYSTEMS: [(&str, &str); 11] = [
    ("Symbian OS", r"SymbianOS/(\d+)\.(\d+)()"),
    ("Windows", r"Windows NT (\d+)\.(\d+)()"),
    ("Windows Phone", r"Windows Phone (?:OS )?(\d+)\.(\d+)()"),
    ("iOS", r"(?:iPhone|iPad).* OS (\d+)_(\d+)(?:_(\d+))?"),
    ("Mac OS X", r"Mac OS X (\d+)[._](\d+)(?:[._](\d+))?"),
    ("Android", r"Android (\d+)(?:\.(\d+))?(?:\.(\d+))?"),
    ("Chrome OS", r"CrOS \S+ (\d+)\.(\d+)\.(\d+)"),
    ("Ubuntu", r"Ubuntu()()()"),
    ("Fedora", r"Fedora()()()"),
    ("FreeBSD", r"FreeBSD()()()"),
    ("Linux", r"Linux()()()"),
];

/// Devices, and their brands.
const DEVICES: [(&str, &str, &str); 6] = [
    ("iPhone", "Apple", "iPhone"),
    ("iPad", "Apple", "iPad"),
    ("Mac", "Apple", "Macintosh"),
    ("Samsung", "Samsung", r"SM-|SAMSUNG"),
    ("Pixel", "Google", r"Pixel"),
    ("Spider", "Spider", r"(?i)bot\b|spider|crawler"),
];

type Known<const N: usize> = LazyLock<[Option<Regex>; N]>;

static BROWSER_PATTERNS: Known<18> = LazyLock::new(|| BROWSERS.map(|(_, pattern)| Regex::new(pattern).ok()));
static SYSTEM_PATTERNS: Known<11> = LazyLock::new(|| SYSTEMS.map(|(_, pattern)| Regex::new(pattern).ok()));
static DEVICE_PATTERNS: Known<6> = LazyLock::new(|| DEVICES.map(|(.., pattern)| Regex::new(pattern).ok()));

/// All of it, or what is asked for: `browser`, `os`, `device`.
fn parse<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let agent = arg(cells, 0).text();
    let wanted: Vec<String> = match list(cells, 1) {
        Some(names) => names.iter().filter_map(Json::as_str).map(str::to_lowercase).collect(),
        None => vec![arg(cells, 1).text().to_lowercase()],
    };
    let is_wanted = |name: &str| wanted.iter().any(|wanted| wanted.is_empty() || wanted == name);
    let mut parts = Map::new();
    if is_wanted("browser") {
        parts.insert("Browser".to_owned(), versioned(&agent, &BROWSERS, &*BROWSER_PATTERNS));
    }
    if is_wanted("os") {
        let mut system = versioned(&agent, &SYSTEMS, &*SYSTEM_PATTERNS);
        if let Some(system) = system.as_object_mut() {
            system.insert("PatchMinor".to_owned(), "".into());
        }
        parts.insert("OperatingSystem".to_owned(), system);
    }
    if is_wanted("device") {
        parts.insert("Device".to_owned(), device(&agent));
    }
    Cell::of_json(&Json::Object(parts))
}

/// Family and version of the first that is recognised.
fn versioned(agent: &str, families: &[(&str, &str)], patterns: &[Option<Regex>]) -> Json {
    let found = families.iter().zip(patterns).find_map(|((family, _), pattern)| {
        let captures = pattern.as_ref()?.captures(agent)?;
        let part = |index: usize| captures.get(index).map_or(String::new(), |part| part.as_str().to_owned());
        Some((*family, [part(1), part(2), part(3)]))
    });
    let (family, [major, minor, patch]) = found.unwrap_or(("Other", Default::default()));
    serde_json::json!({ "Family": family, "MajorVersion": major, "MinorVersion": minor, "Patch": patch })
}

static NOKIA: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"Nokia(([A-Z]?\d+)[-\w]*)").ok());

fn device(agent: &str) -> Json {
    if let Some(captures) = NOKIA.as_ref().and_then(|pattern| pattern.captures(agent)) {
        let part = |index: usize| captures.get(index).map_or("", |part| part.as_str());
        return serde_json::json!({ "Family": format!("Nokia {}", part(2)), "Brand": "Nokia", "Model": part(1) });
    }
    let is_in = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(agent));
    let found = DEVICES.iter().zip(&*DEVICE_PATTERNS).find(|(_, pattern)| is_in(pattern));
    let (family, brand) = found.map_or(("Other", ""), |((family, brand, _), _)| (*family, *brand));
    serde_json::json!({ "Family": family, "Brand": brand, "Model": if brand.is_empty() { "" } else { family } })
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    fn parsed(agent: &str, what: &str) -> Json {
        run("parse_user_agent", ColumnType::Dynamic, &[Cell::of(agent.to_owned()), Cell::of(what.to_owned())]).json()
    }

    #[test]
    fn common_agents_say_what_they_are() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/120.0.6099.71 Safari/537.36";
        let all = parsed(chrome, "");
        assert_eq!((&all["Browser"]["Family"], &all["Browser"]["MajorVersion"]), (&"Chrome".into(), &"120".into()));
        assert_eq!(all["OperatingSystem"]["Family"], "Windows");
        assert_eq!(parsed(&format!("{chrome} Edg/120.0.2210.61"), "browser")["Browser"]["Family"], "Edge");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                     Version/17.1 Mobile/15E148 Safari/604.1";
        let all = parsed(phone, "");
        assert_eq!((&all["OperatingSystem"]["Family"], &all["Device"]["Brand"]), (&"iOS".into(), &"Apple".into()));
        assert_eq!(all["Browser"]["Family"], "Mobile Safari");
    }

    #[test]
    fn old_telephones_are_known() {
        let all = parsed("Mozilla/5.0 (SymbianOS/9.2; U; Series60/3.1 NokiaN95-2/10.0.032 Profile/MIDP-2.0)", "");
        assert_eq!(all["Browser"]["Family"], "Nokia OSS Browser");
        assert_eq!(all["OperatingSystem"]["MajorVersion"], "9");
        assert_eq!(all["Device"], serde_json::json!({ "Family": "Nokia N95", "Brand": "Nokia", "Model": "N95-2" }));
    }

    #[test]
    fn what_is_asked_for_comes_and_what_is_unknown_is_other() {
        assert_eq!(
            parsed("curl/8.4.0", "os"),
            serde_json::json!({ "OperatingSystem":
            { "Family": "Other", "MajorVersion": "", "MinorVersion": "", "Patch": "", "PatchMinor": "" } })
        );
        assert_eq!(parsed("", "browser")["Browser"]["Family"], "Other");
        for (_, pattern) in BROWSERS.iter().chain(&SYSTEMS) {
            assert!(Regex::new(pattern).is_ok(), "{pattern}");
        }
    }
}
