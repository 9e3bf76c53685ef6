//! Makes PowerShell that was written to be unreadable readable: one statement a line, blocks indented, noise taken away.
//!
//! Names and keywords become lower case, backticks that escape nothing go, texts that are joined from pieces become one.
//! Texts, comments and here-strings stay as they are: what they hold may be encoded, and case matters in that. The result
//! is for reading, not for running.

/// Spaces for each level of blocks.
const INDENT: usize = 4;

/// Deeper than this nobody reads.
const MAX_LEVEL: usize = 40;

/// Formats a script. The time is linear in its length.
pub fn format_powershell(code: &str) -> String {
    let mut writer = Writer::default();
    let mut rest = code;
    while let Some(token) = next(rest) {
        rest = rest.get(token.len()..).unwrap_or_default();
        match token.as_bytes() {
            [b';', ..] if writer.parentheses == 0 => writer.end_line(),
            [b'{', ..] => writer.open(),
            [b'}', ..] => writer.close(rest),
            [b'\n' | b'\r', ..] => writer.break_line(),
            [b'`', ..] => {}
            [b'"' | b'\'' | b'@', _, ..] => {
                writer.text(token);
                while let Some((text, after)) = joined(rest, token) {
                    writer.join(text);
                    rest = after;
                }
            }
            [b'#', _, ..] | [b'<', b'#', ..] => writer.text(token),
            _ => writer.word(token),
        }
    }
    writer.end_line();
    writer.out.trim_end().to_owned()
}

/// The next piece: a text, a comment, a sign that parts, or what stands up to one of these.
fn next(code: &str) -> Option<&str> {
    let bytes = code.as_bytes();
    let length = match bytes {
        [] => return None,
        [b'\'', ..] => quoted(bytes, b'\'', false),
        [b'"', ..] => quoted(bytes, b'"', true),
        [b'@', quote @ (b'\'' | b'"'), b'\r' | b'\n', ..] => {
            let end = format!("\n{}@", char::from(*quote));
            code.find(&end).map_or(code.len(), |at| at + end.len())
        }
        [b'<', b'#', ..] => code.find("#>").map_or(code.len(), |at| at + 2),
        [b'#', ..] => code.find('\n').unwrap_or(code.len()),
        [b';' | b'{' | b'}' | b'\n' | b'\r' | b'`' | b'(' | b')', ..] => 1,
        // A variable in braces is a name, not a block.
        [b'$', b'{', ..] => code.find('}').map_or(code.len(), |at| at + 1),
        [first, rest @ ..] => {
            let is_end = |b: &u8| {
                matches!(b, b'\'' | b'"' | b';' | b'{' | b'}' | b'\n' | b'\r' | b'`' | b'(' | b')' | b'@' | b'<' | b'$')
            };
            // A number sign begins a comment only after a blank.
            let ends = |(at, b): (usize, &u8)| {
                is_end(b) || *b == b'#' && rest.get(at.wrapping_sub(1)).unwrap_or(first).is_ascii_whitespace()
            };
            rest.iter().enumerate().find(|end| ends(*end)).map_or(bytes.len(), |(at, _)| at + 1)
        }
    };
    code.get(..length.max(1)).or(Some(code))
}

/// The length of a text in quotes. A doubled quote is one in it, and so is one after a backtick where these escape.
fn quoted(bytes: &[u8], quote: u8, escapes: bool) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'`' if escapes => 2,
            byte if *byte == quote => {
                if bytes.get(at + 1) != Some(&quote) {
                    return at + 1;
                }
                2
            }
            _ => 1,
        };
    }
    bytes.len()
}

/// The text that a plus sign joins to the one before, if both are quoted alike: without its first quote; and what follows.
fn joined<'c>(rest: &'c str, before: &str) -> Option<(&'c str, &'c str)> {
    let quote = before.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let after = rest.trim_start().strip_prefix('+')?.trim_start();
    if !after.starts_with(quote) {
        return None;
    }
    let token = next(after)?;
    Some((token.get(1..)?, after.get(token.len()..)?))
}

#[derive(Default)]
struct Writer {
    out: String,
    level: usize,
    parentheses: usize,
    /// Whether the line has something on it.
    begun: bool,
}

impl Writer {
    fn begin(&mut self) {
        if !self.begun {
            self.out.extend(std::iter::repeat_n(' ', self.level.min(MAX_LEVEL) * INDENT));
            self.begun = true;
        }
    }

    fn end_line(&mut self) {
        if self.begun {
            self.out.truncate(self.out.trim_end_matches(' ').len());
            self.out.push('\n');
            self.begun = false;
        }
    }

    /// The end of a line in the script, which parts nothing inside parentheses.
    fn break_line(&mut self) {
        self.end_line();
    }

    fn open(&mut self) {
        self.end_line();
        self.word("{");
        self.end_line();
        self.level += 1;
    }

    /// What continues a statement after a block stays on the line of its end.
    fn close(&mut self, rest: &str) {
        self.end_line();
        self.level = self.level.saturating_sub(1);
        self.begin();
        self.out.push('}');
        if !rest.trim_start_matches(' ').starts_with([')', '.', '|', ',', '[']) {
            self.end_line();
        }
    }

    /// A piece of code.
    fn word(&mut self, word: &str) {
        match word {
            "(" => self.parentheses += 1,
            ")" => self.parentheses = self.parentheses.saturating_sub(1),
            _ => {}
        }
        let word = if self.begun { word } else { word.trim_start() };
        if !word.is_empty() {
            self.begin();
            self.out.push_str(&word.to_lowercase());
        }
    }

    /// A text or a comment, as it is.
    fn text(&mut self, text: &str) {
        self.begin();
        self.out.push_str(text);
    }

    /// Continues the text that was written last.
    fn join(&mut self, text: &str) {
        self.out.pop();
        self.out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::format_powershell as format;

    #[test]
    fn statements_and_blocks_have_lines_of_their_own() {
        assert_eq!(
            format("If($A){Write-Host 'Hi There';$B=1}Else{Exit}"),
            "if($a)\n{\n    write-host 'Hi There'\n    $b=1\n}\nelse\n{\n    exit\n}"
        );
        assert_eq!(format("for($i=0;$i -lt 3;$i++){$i}"), "for($i=0;$i -lt 3;$i++)\n{\n    $i\n}");
    }

    #[test]
    fn noise_goes_and_texts_stay() {
        assert_eq!(format("I`Nv`OKe-Ex`PResSion ('Ne'+'w-Ob'+ 'ject')"), "invoke-expression ('New-Object')");
        // MSTICPy makes this lower case, and base64 with it.
        assert_eq!(format("$X = 'SQBFAFgA'; \"A;{B}`\"\""), "$x = 'SQBFAFgA'\n\"A;{B}`\"\"");
        assert_eq!(format("'it''s'+'x'"), "'it''sx'");
        assert_eq!(format("'a'+\"b\""), "'a'+\"b\"");
        assert_eq!(format("${A;B}=1 # Keep; This\n$C"), "${a;b}=1 # Keep; This\n$c");
        assert_eq!(format("@'\nA;B\n'@;C"), "@'\nA;B\n'@\nc");
    }

    #[test]
    fn a_pipeline_goes_on_after_a_block() {
        assert_eq!(format("gps | ?{$_.Id}|select Name"), "gps | ?\n{\n    $_.id\n}|select name");
    }

    proptest! {
        #[test]
        fn no_script_breaks_it(code in any::<String>()) {
            let _ = format(&code);
        }

        #[test]
        fn formatting_twice_is_formatting_once(code in "[a-z;{}() \n$]{0,60}") {
            let once = format(&code);
            prop_assert_eq!(format(&once), once);
        }
    }
}
