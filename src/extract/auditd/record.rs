//! One audit record: `type=T msg=audit(seconds.milliseconds:serial): name=value …`, after `node=…` if it was forwarded.

/// A record, split but not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record<'t> {
    pub(super) node: Option<&'t str>,
    pub(super) kind: &'t str,
    /// `seconds.milliseconds:serial`.
    pub(super) id: &'t str,
    /// Since 1970.
    pub(super) milliseconds: i64,
    pub(super) fields: &'t str,
}

impl<'t> Record<'t> {
    /// Splits a line; none if it is no record.
    pub(super) fn read(line: &'t str) -> Option<Self> {
        // A syslog daemon may have put its own words before it.
        let start = line.find("type=")?;
        let (before, rest) = line.split_at_checked(start)?;
        let node = before.split_whitespace().find_map(|word| word.strip_prefix("node="));
        let (kind, rest) = rest.strip_prefix("type=")?.split_once(' ')?;
        let (id, fields) = rest.trim_start().strip_prefix("msg=audit(")?.split_once("):")?;
        Some(Self { node, kind, id, milliseconds: milliseconds(id)?, fields: fields.trim() })
    }
}

/// The time in an id.
pub(super) fn milliseconds(id: &str) -> Option<i64> {
    let (time, _serial) = id.split_once(':')?;
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(seconds) || !is_number(fraction) {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    seconds.parse::<i64>().ok()?.checked_mul(1_000)?.checked_add(fraction)
}

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written<'t> {
    pub(super) text: &'t str,
    /// Whether it stood in double quotes, in which nothing is encoded.
    pub(super) quoted: bool,
}

/// The fields of a record. A `msg` in single quotes has further ones inside, and so has what the audit daemon adds after
/// a separator.
pub(super) fn fields(text: &str) -> impl Iterator<Item = (&str, Written<'_>)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches([' ', '\u{1d}', ',', '\'']);
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(['=', ' ', '\u{1d}']).unwrap_or(rest.len());
            let (name, after) = rest.split_at_checked(end)?;
            let Some(after) = after.strip_prefix('=') else {
                // A word that is no field.
                rest = after;
                continue;
            };
            if let Some(inner) = after.strip_prefix('\'') {
                // What is quoted so is fields, of which the first follows.
                rest = inner;
                continue;
            }
            let (written, left) = value(after);
            rest = left;
            if !name.is_empty() {
                return Some((name, written));
            }
        }
    })
}

fn value(text: &str) -> (Written<'_>, &str) {
    // `subj==unconfined` is written by some.
    let text = text.strip_prefix('=').unwrap_or(text);
    if let Some((inside, rest)) = text.strip_prefix('"').and_then(|inside| inside.split_once('"')) {
        return (Written { text: inside, quoted: true }, rest);
    }
    let end = text.find([' ', '\u{1d}', '\'']).unwrap_or(text.len());
    let (value, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (Written { text: value.trim_end_matches(','), quoted: false }, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(&str, &str)> {
        fields(text).map(|(name, written)| (name, written.text)).collect()
    }

    #[test]
    fn fields_inside_a_message_are_fields() {
        let text = r#"pid=1 subj==unconfined msg='op=PAM:session_close acct="root user" exe="/bin/su" hostname=? res=success' "#;
        let expected = [
            ("pid", "1"),
            ("subj", "unconfined"),
            ("op", "PAM:session_close"),
            ("acct", "root user"),
            ("exe", "/bin/su"),
            ("hostname", "?"),
            ("res", "success"),
        ];
        assert_eq!(read(text), expected);
        assert_eq!(read("a=1\u{1d}ARCH=x86_64 UID=\"root\""), [("a", "1"), ("ARCH", "x86_64"), ("UID", "root")]);
        assert_eq!(read("word a= b"), [("a", "")]);
    }

    #[test]
    fn what_is_no_record_is_none() {
        for line in
            ["", "hello", "type=X", "type=X msg=audit(): a=1", "type=X msg=audit(1.2:3)", "type=X msg=audit(x:3): a"]
        {
            assert_eq!(Record::read(line), None, "{line}");
        }
        let record = Record::read("node=web1 type=CWD msg=audit(1551485405.5:7507): cwd=\"/\"").unwrap();
        assert_eq!((record.node, record.milliseconds, record.fields), (Some("web1"), 1_551_485_405_500, "cwd=\"/\""));
    }
}
