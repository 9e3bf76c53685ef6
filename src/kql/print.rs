//! From tree to text, on one line, so that parsing the text gives the same tree.

mod expression;
mod literal;
mod statement;

pub(crate) use self::literal::guid;
use crate::{
    literal::Literal,
    operator::{Setting, SettingValue},
    parse::{is_plain_name, is_plain_wildcard},
    tree::{Declared, Name, Named, Parameter, ParameterType, Pipe, Query},
};

impl Query {
    /// The query as text, without comments, on one line.
    pub fn print(&self) -> String {
        let mut out = Printer::default();
        out.statements(&self.statements);
        out.text
    }
}

/// A text that grows, with blanks between its words.
#[derive(Default)]
pub(crate) struct Printer {
    text: String,
}

impl Printer {
    #[cfg(test)]
    pub(crate) fn written(&self) -> &str {
        &self.text
    }

    /// Adds a word or sign.
    pub(crate) fn put(&mut self, word: &str) -> &mut Self {
        let touches_left = matches!(word, "" | "," | ")" | "]" | ";");
        let touches_right = self.text.is_empty() || self.text.ends_with(['(', '[', '.']);
        if !touches_left && !touches_right {
            self.text.push(' ');
        }
        self.glue(word)
    }

    /// Adds something without a blank before it.
    pub(crate) fn glue(&mut self, word: &str) -> &mut Self {
        self.text.push_str(word);
        self
    }

    /// Adds items with commas between them.
    pub(crate) fn list<'t, T>(
        &mut self,
        items: impl IntoIterator<Item = &'t T>,
        item: impl for<'o> Fn(&'o mut Self, &'t T) -> &'o mut Self,
    ) -> &mut Self
    where
        T: ?Sized + 't,
    {
        for (index, one) in items.into_iter().enumerate() {
            self.put(if index == 0 { "" } else { "," });
            item(self, one);
        }
        self
    }

    /// Adds a name, in brackets where it needs them.
    pub(crate) fn name(&mut self, name: &Name) -> &mut Self {
        if is_plain_name(&name.text) {
            return self.put(&name.text);
        }
        self.put("[").text(&name.text).put("]")
    }

    /// Adds names that are alike: with stars as they are, or in brackets.
    pub(crate) fn wildcard(&mut self, name: &Name) -> &mut Self {
        if is_plain_wildcard(&name.text) { self.put(&name.text) } else { self.put("[").text(&name.text).put("]") }
    }

    /// Adds a word of a closed set, or a name in brackets.
    pub(crate) fn word(&mut self, name: &Name) -> &mut Self {
        let is_word = !name.text.is_empty() && name.text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if is_word { self.put(&name.text) } else { self.name(name) }
    }

    pub(crate) fn named(&mut self, named: &Named) -> &mut Self {
        match named.names.as_slice() {
            [] => {}
            [name] => {
                self.name(name).put("=");
            }
            names => {
                self.put("(").list(names, |out, name| out.name(name)).put(")").put("=");
            }
        }
        self.expr(&named.expr)
    }

    pub(crate) fn named_list(&mut self, list: &[Named]) -> &mut Self {
        self.list(list, |out, named| out.named(named))
    }

    pub(crate) fn call(&mut self, function: &Name, arguments: &[Named]) -> &mut Self {
        self.word(function).glue("(").named_list(arguments).put(")")
    }

    pub(crate) fn declared(&mut self, declared: &Declared) -> &mut Self {
        self.name(&declared.name).glue(":").put(declared.column_type.as_str())
    }

    pub(crate) fn declared_list(&mut self, list: &[Declared]) -> &mut Self {
        self.put("(").list(list, |out, declared| out.declared(declared)).put(")")
    }

    pub(crate) fn parameters(&mut self, parameters: &[Parameter]) -> &mut Self {
        self.put("(");
        self.list(parameters, |out, parameter| out.parameter(parameter)).put(")")
    }

    fn parameter(&mut self, parameter: &Parameter) -> &mut Self {
        self.name(&parameter.name).glue(":");
        match &parameter.kind {
            ParameterType::Scalar(column_type) => self.put(column_type.as_str()),
            ParameterType::Table(columns) if columns.is_empty() => self.put("(*)"),
            ParameterType::Table(columns) => self.declared_list(columns),
        };
        match &parameter.default {
            Some(default) => self.put("=").literal(default),
            None => self,
        }
    }

    pub(crate) fn setting(&mut self, setting: &Setting) -> &mut Self {
        self.put(&setting.name.text).glue("=");
        match &setting.value {
            SettingValue::Literal(literal) => self.literal(literal),
            // A list of columns, as render has.
            SettingValue::Word(name) if name.text.contains(',') => self.put(&name.text),
            SettingValue::Word(name) => self.word(name),
        }
    }

    pub(crate) fn settings(&mut self, settings: &[Setting]) -> &mut Self {
        for setting in settings {
            self.setting(setting);
        }
        self
    }

    pub(crate) fn settings_in_brackets(&mut self, settings: &[Setting]) -> &mut Self {
        self.put("(").list(settings, |out, setting| out.setting(setting)).put(")")
    }

    pub(crate) fn pipe(&mut self, pipe: &Pipe) -> &mut Self {
        if let Some(source) = &pipe.source {
            self.expr(source);
        }
        for (index, step) in pipe.steps.iter().enumerate() {
            if index > 0 || pipe.source.is_some() {
                self.put("|");
            }
            step.operator.print(self);
        }
        self
    }

    /// Adds a value that keeps its type when it is read again.
    pub(crate) fn literal(&mut self, value: &Literal) -> &mut Self {
        let text = literal::written(value);
        self.put(&text)
    }

    /// Adds a text in quotes.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        let text = literal::quoted(text);
        self.put(&text)
    }
}
