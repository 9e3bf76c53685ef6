//! YAML text to values with their lines.
//!
//! Its own walk over the parser's events, because a scalar must stay as it was written and know its line.

use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, options};

use super::{
    mistake::{Mistake, Origin},
    node::{Node, Value},
};

/// Deeper than any setting.
const NESTING: usize = 16;

/// Reads one document; `origin` makes the place from a line. What is not understood is told and left out.
pub(super) fn read(text: &str, origin: &dyn Fn(usize) -> Origin) -> Result<Node, Vec<Mistake>> {
    let options = options! { emit_comments: false, flow_nesting_limit: NESTING, block_nesting_limit: NESTING };
    let mut walk = Walk { events: Parser::new_from_str_with_options(text, options), origin, mistakes: Vec::new() };
    let node = walk.document();
    match node {
        Ok(node) if walk.mistakes.is_empty() => Ok(node),
        Ok(_) => Err(walk.mistakes),
        Err(error) => {
            // The parser names at most one character of what it met.
            let (line, what) = (error.marker().line(), error.info());
            walk.tell(line, "", format!("not valid YAML: {what}"), "");
            Err(walk.mistakes)
        }
    }
}

struct Walk<'a> {
    events: Parser<'a, StrInput<'a>>,
    origin: &'a dyn Fn(usize) -> Origin,
    mistakes: Vec<Mistake>,
}

impl<'a> Walk<'a> {
    fn document(&mut self) -> Result<Node, ScanError> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd => {}
                _ if root.is_some() => {
                    let what = "a second document begins".to_owned();
                    self.tell(span.start.line(), "", what, "one document");
                    break;
                }
                event => root = Some(self.node(event, span)?),
            }
        }
        Ok(root.unwrap_or_else(|| Node { value: Value::Null, origin: (self.origin)(1) }))
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, ScanError> {
        self.events.next_event().transpose()
    }

    /// The value that an event begins. The parser limits how deep this goes.
    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, ScanError> {
        let line = span.start.line();
        if event.tag().is_some_and(|tag| !tag.is_yaml_core_schema()) {
            self.tell(line, "", "a value has a tag".to_owned(), "values without tags (!)");
        }
        let value = match event {
            Event::Scalar(text, style, ..) => scalar(&text, style),
            Event::SequenceStart(..) => self.list()?,
            Event::MappingStart(..) => self.map()?,
            Event::Alias(_) => {
                self.tell(line, "", "a value is an alias".to_owned(), "values written out, without aliases (*)");
                Value::Null
            }
            _ => Value::Null,
        };
        Ok(Node { value, origin: (self.origin)(line) })
    }

    fn list(&mut self) -> Result<Value, ScanError> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            items.push(self.node(event, span)?);
        }
        Ok(Value::List(items))
    }

    fn map(&mut self) -> Result<Value, ScanError> {
        let mut map = BTreeMap::new();
        while let Some((event, span)) = self.next()? {
            let line = span.start.line();
            let key = match event {
                Event::MappingEnd => break,
                Event::Scalar(text, ..) => text.into_owned(),
                other => {
                    self.node(other, span)?;
                    self.tell(line, "", "a key is not text".to_owned(), "keys of plain text");
                    String::new()
                }
            };
            let Some((event, span)) = self.next()? else { break };
            let mut node = self.node(event, span)?;
            // The line of the key: that is where one looks for it.
            node.origin = (self.origin)(line);
            if map.contains_key(&key) {
                self.tell(line, &key, "set twice in the same place".to_owned(), "each key once");
            }
            map.insert(key, node);
        }
        Ok(Value::Map(map))
    }

    fn tell(&mut self, line: usize, key: &str, what: String, allowed: &str) {
        let key = if key.is_empty() { "the text" } else { key }.to_owned();
        self.mistakes.push(Mistake { key, what, origin: (self.origin)(line), allowed: allowed.to_owned() });
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    match (style, text) {
        (ScalarStyle::Plain, "" | "~" | "null" | "Null" | "NULL") => Value::Null,
        _ => Value::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(line: usize) -> Origin {
        Origin::File { name: "f".into(), line }
    }

    /// What was read, with lines, as text that a test can compare.
    fn shown(node: &Node) -> String {
        let Origin::File { line, .. } = &node.origin else { panic!("a line") };
        match &node.value {
            Value::Null => format!("null@{line}"),
            Value::Text(text) => format!("{text}@{line}"),
            Value::List(items) => format!("[{}]@{line}", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
            Value::Map(map) => {
                let entries: Vec<_> = map.iter().map(|(key, node)| format!("{key}:{}", shown(node))).collect();
                format!("{{{}}}@{line}", entries.join(" "))
            }
        }
    }

    fn whats(text: &str) -> Vec<String> {
        read(text, &line).err().unwrap().into_iter().map(|mistake| mistake.to_string()).collect()
    }

    #[test]
    fn values_stay_as_written_and_know_the_line_of_their_key() {
        let text = "# a comment\na: yes\nb:\n  - 007\n  - 'null'\nc: { d: ~, e: 1_0 }\nf: |\n  two\n  lines\n";
        assert_eq!(
            shown(&read(text, &line).unwrap()),
            "{a:yes@2 b:[007@4 null@5]@3 c:{d:null@6 e:1_0@6}@6 f:two\nlines\n@7}@2"
        );
        assert_eq!(shown(&read("", &line).unwrap()), "null@1");
    }

    #[test]
    fn what_settings_have_no_use_for_is_told_with_its_line() {
        assert!(whats("a: 1\na: 2")[0].starts_with("a: set twice in the same place\n    where    file f line 2"));
        assert!(whats("a: &x 1\nb: *x")[0].contains("alias"));
        assert!(whats("a: !env X")[0].contains("tag"));
        assert!(whats("a: 1\n---\nb: 2")[0].contains("second document"));
        assert!(whats("? [a]\n: 1")[0].contains("key is not text"));
        assert!(whats("a: [1")[0].contains("not valid YAML"));
        assert!(whats("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]")[0].contains("not valid YAML"));
    }

    #[test]
    fn a_syntax_mistake_says_nothing_of_the_text() {
        for text in ["key: *s3cret", "key: 's3cret", "key: {s3cret", "a: b: s3cret", "%s3cret", "key: @s3cret"] {
            for what in read(text, &line).err().into_iter().flatten() {
                assert!(!what.to_string().contains("s3cret"), "{what}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_is_able_to_break_it(text in "[-a:,{}\\[\\]'\"\n ?&*!|#%]{0,60}") {
            let _ = read(&text, &line);
        }
    }
}
