//! Numbers that stand for a process: for its path and for its command line, so that alike ones lie close together.
//!
//! The definitions are MSTICPy's.

/// What is known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Process<'a> {
    /// The path of its executable.
    pub path: &'a str,
    /// Its command line.
    pub command_line: &'a str,
    /// The session that started it.
    pub logon_id: &'a str,
}

/// One of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// The sum of the code points of the path.
    PathScore,
    /// The decimal logarithm of that.
    PathLogScore,
    /// The CRC-32 of the path.
    PathHash,
    /// The characters of the command line.
    CommandLineLen,
    /// The decimal logarithm of that.
    CommandLineLogLen,
    /// The delimiters in the command line.
    CommandLineTokens,
    /// The sum of the code points of the command line.
    CommandLineScore,
    /// The CRC-32 of its delimiters alone.
    CommandLineTokensHash,
    /// 1 if the system itself started it, else 0.
    IsSystemSession,
}

impl Feature {
    /// All of them by name.
    pub const ALL: [(&'static str, Self); 9] = [
        ("path_score", Self::PathScore),
        ("path_log_score", Self::PathLogScore),
        ("path_hash", Self::PathHash),
        ("command_line_len", Self::CommandLineLen),
        ("command_line_log_len", Self::CommandLineLogLen),
        ("command_line_tokens", Self::CommandLineTokens),
        ("command_line_score", Self::CommandLineScore),
        ("command_line_tokens_hash", Self::CommandLineTokensHash),
        ("is_system_session", Self::IsSystemSession),
    ];

    /// The feature of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, feature)| *feature)
    }

    /// The number of a process.
    pub fn of(self, process: Process<'_>) -> f64 {
        let Process { path, command_line, logon_id } = process;
        match self {
            Self::PathScore => code_points(path),
            Self::PathLogScore => logarithm(code_points(path)),
            Self::PathHash => f64::from(crc32fast::hash(path.as_bytes())),
            Self::CommandLineLen => command_line.chars().count() as f64,
            Self::CommandLineLogLen => logarithm(command_line.chars().count() as f64),
            Self::CommandLineTokens => delimiters(command_line).count() as f64,
            Self::CommandLineScore => code_points(command_line),
            Self::CommandLineTokensHash => {
                f64::from(crc32fast::hash(delimiters(command_line).collect::<String>().as_bytes()))
            }
            Self::IsSystemSession => f64::from(u8::from(matches!(logon_id, "0x3e7" | "-1"))),
        }
    }
}

fn code_points(text: &str) -> f64 {
    text.chars().map(u32::from).map(f64::from).sum()
}

fn logarithm(number: f64) -> f64 {
    if number > 0.0 { number.log10() } else { 0.0 }
}

fn delimiters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_whitespace() || r#"-\/.,"'|&:;%$()"#.contains(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_features_are_those_of_msticpy() {
        let process = Process {
            path: r"C:\Windows\System32\cmd.exe",
            command_line: r#"cmd.exe /c "dir C:\ & echo é""#,
            logon_id: "0x3e7",
        };
        let expected = [2570.0, 3.409933, 2866286114.0, 29.0, 1.462398, 13.0, 2304.0, 452699229.0, 1.0];
        for ((name, feature), expected) in Feature::ALL.into_iter().zip(expected) {
            let found = feature.of(process);
            assert!((found - expected).abs() < 1e-6, "{name}: {found} is not {expected}");
            assert_eq!(Feature::named(name), Some(feature));
        }
    }

    #[test]
    fn nothing_is_all_zeros() {
        for (name, feature) in Feature::ALL {
            assert_eq!(feature.of(Process::default()), 0.0, "{name}");
        }
        assert_eq!(Feature::named("shoe_size"), None);
    }
}
