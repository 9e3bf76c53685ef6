//! Settings of operators (`kind=inner`, `hint.strategy=broadcast`), declared columns and parameters.

use model::ColumnType;

use super::{Parsed, Parser};
use crate::{
    literal::{Literal, TYPE_NAMES, named_type},
    mistake::{What, Wrong},
    token::TokenKind,
    tree::{Declared, Name, Parameter, ParameterType},
};

/// A setting of an operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its name, like `kind` or `hint.strategy`.
    pub name: Name,
    /// Its value.
    pub value: SettingValue,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingValue {
    /// A word or name.
    Word(Name),
    /// A value.
    Literal(Literal),
}

impl SettingValue {
    /// The text of a word or of a text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Word(name) => Some(&name.text),
            Self::Literal(literal) => literal.as_str(),
        }
    }
}

/// Settings that operators know; other words before an equals sign name expressions.
const SETTINGS: [&str; 21] = [
    "kind",
    "withsource",
    "with_source",
    "isfuzzy",
    "bagexpansion",
    "with_itemindex",
    "with_match_id",
    "with_step_name",
    "decodeblocks",
    "expandoutput",
    "flags",
    "best_effort",
    "force_remote",
    "bin_legacy",
    "id",
    "datascope",
    "__crossCluster",
    "__crossDB",
    "__isFuzzy",
    "__noWithSource",
    "__packedColumn",
];

/// Whether operators know a setting of that name.
pub(super) fn is_setting(name: &str) -> bool {
    SETTINGS.contains(&name)
}

impl Parser<'_> {
    /// Takes the settings that stand next.
    pub(crate) fn settings(&mut self) -> Parsed<Vec<Setting>> {
        let mut settings = Vec::new();
        loop {
            let is_hint = self.is("hint") && self.text_ahead(1) == "." && self.text_ahead(3) == "=";
            let is_setting = self.text_ahead(1) == "=" && is_setting(self.text_ahead(0));
            if !is_hint && !is_setting {
                return Ok(settings);
            }
            let mut name = self.any_name()?;
            if is_hint {
                self.advance();
                let hint = self.any_name()?;
                name = Name { text: format!("hint.{hint}").into(), span: self.since(name.span) };
            }
            self.need("=")?;
            settings.push(Setting { name, value: self.setting_value()? });
        }
    }

    /// Takes settings with commas between them, up to the closing bracket.
    pub(crate) fn settings_in_brackets(&mut self) -> Parsed<Vec<Setting>> {
        self.need("(")?;
        self.eat(",");
        self.list_until(")", Self::setting)
    }

    /// Takes a setting of any name.
    pub(crate) fn setting(&mut self) -> Parsed<Setting> {
        let name = self.any_name()?;
        self.need("=")?;
        Ok(Setting { name, value: self.setting_value()? })
    }

    /// Takes a setting of `render`, whose value may be a list of columns.
    pub(crate) fn render_setting(&mut self) -> Parsed<Setting> {
        let mut setting = self.setting()?;
        while let SettingValue::Word(first) = &setting.value {
            let is_setting_next = self.word_ahead(1).is_some() && self.text_ahead(2) == "=";
            let is_column_next = self.is(",") && self.name_len(1).is_some() && !is_setting_next;
            if !is_column_next {
                break;
            }
            let first = first.clone();
            self.advance();
            let next = self.name()?;
            let text = format!("{first},{next}").into();
            setting.value = SettingValue::Word(Name { text, span: first.span.to(next.span) });
        }
        Ok(setting)
    }

    fn setting_value(&mut self) -> Parsed<SettingValue> {
        if let Some(literal) = self.literal_if()? {
            return Ok(SettingValue::Literal(literal));
        }
        // Some values begin with a digit or have a dash: `3Dchart`.
        self.any_name().map(SettingValue::Word)
    }

    /// Takes a value with its sign if one is next.
    pub(crate) fn literal_if(&mut self) -> Parsed<Option<Literal>> {
        if self.is("dynamic") && self.text_ahead(1) == "(" {
            self.advance();
            return self.dynamic().map(Some);
        }
        let by = usize::from(self.is("-") || self.is("+"));
        let Some(TokenKind::Literal(literal)) = self.ahead(by).map(|token| token.kind.clone()) else { return Ok(None) };
        let negative = self.is("-");
        let span = self.span();
        self.at += by + 1;
        match literal {
            Literal::Long(number) if negative => Ok(Some(Literal::Long(number.wrapping_neg()))),
            Literal::Real(number) if negative => Ok(Some(Literal::Real(-number))),
            Literal::Timespan(ticks) if negative => Ok(Some(Literal::Timespan(-ticks))),
            _ if by > 0 && negative => Err(Wrong::expected("a number", span)),
            // Texts that stand side by side are one.
            Literal::String(first) => match self.text_if() {
                Some(rest) => Ok(Some(Literal::String(format!("{first}{rest}").into()))),
                None => Ok(Some(Literal::String(first))),
            },
            literal => Ok(Some(literal)),
        }
    }

    /// Takes a value, which must be next.
    pub(crate) fn literal(&mut self) -> Parsed<Literal> {
        self.literal_if()?.ok_or_else(|| Wrong::expected("a value", self.span()))
    }

    /// Takes the name of a type.
    pub(crate) fn type_name(&mut self) -> Parsed<ColumnType> {
        let Some(column_type) = self.word_ahead(0).and_then(named_type) else { return Err(self.unknown_type()) };
        self.advance();
        Ok(column_type)
    }

    pub(super) fn unknown_type(&self) -> Wrong {
        match self.word_ahead(0) {
            Some(word) => Wrong::new(What::UnknownType, self.span()).near(word, TYPE_NAMES),
            None => Wrong::expected("a type", self.span()),
        }
    }

    /// Takes `name: type`.
    pub(crate) fn declared(&mut self) -> Parsed<Declared> {
        let name = self.any_name()?;
        self.need(":")?;
        Ok(Declared { name, column_type: self.type_name()? })
    }

    /// Takes `(name: type, …)`.
    pub(crate) fn declared_list(&mut self) -> Parsed<Vec<Declared>> {
        self.need("(")?;
        self.loose_list_until(")", Self::declared)
    }

    /// Takes `(name: type = value, …)`.
    pub(crate) fn parameters(&mut self) -> Parsed<Vec<Parameter>> {
        self.need("(")?;
        self.list_until(")", Self::parameter)
    }

    fn parameter(&mut self) -> Parsed<Parameter> {
        let name = self.any_name()?;
        self.need(":")?;
        let kind = if self.eat("(") {
            if self.eat("*") {
                self.need(")")?;
                ParameterType::Table(Vec::new())
            } else {
                ParameterType::Table(self.list_until(")", Self::declared)?)
            }
        } else {
            ParameterType::Scalar(self.type_name()?)
        };
        let default = if self.eat("=") { Some(self.literal()?) } else { None };
        Ok(Parameter { name, kind, default })
    }
}
