//! `dynamic(…)`: JSON with Kusto's texts, and with instants, lengths of time and GUIDs, which become texts.

use std::sync::Arc;

use model::ColumnType;
use serde_json::{Map, Number, Value};

use super::{Parsed, Parser};
use crate::{
    literal::Literal,
    mistake::{What, Wrong},
    moment,
    token::TokenKind,
};

impl Parser<'_> {
    /// Takes what stands behind `dynamic`.
    pub(super) fn dynamic(&mut self) -> Parsed<Literal> {
        self.need("(")?;
        let value = self.json()?;
        self.need(")")?;
        Ok(if value.is_null() { Literal::Null(ColumnType::Dynamic) } else { Literal::Dynamic(Arc::new(value)) })
    }

    fn json(&mut self) -> Parsed<Value> {
        self.deeper(|parser| {
            if parser.eat("[") {
                return parser.list_until("]", Self::json).map(Value::Array);
            }
            if parser.eat("{") {
                let pairs = parser.list_until("}", Self::json_pair)?;
                return Ok(Value::Object(pairs.into_iter().collect::<Map<_, _>>()));
            }
            parser.json_scalar()
        })
    }

    fn json_pair(&mut self) -> Parsed<(String, Value)> {
        let Some(TokenKind::Literal(Literal::String(key))) = self.kind().cloned() else {
            return Err(Wrong::new(What::NotDynamic, self.span()));
        };
        self.advance();
        self.need(":")?;
        Ok((key.to_string(), self.json()?))
    }

    fn json_scalar(&mut self) -> Parsed<Value> {
        let start = self.span();
        let wrong = Wrong::new(What::NotDynamic, start);
        if self.eat("null") {
            return Ok(Value::Null);
        }
        if self.eat("dynamic") {
            self.need("(")?;
            let value = self.json()?;
            self.need(")")?;
            return Ok(value);
        }
        let negative = self.eat("-");
        if !negative {
            self.eat("+");
        }
        let Some(TokenKind::Literal(literal)) = self.kind().cloned() else { return Err(wrong) };
        self.advance();
        let literal = match literal {
            Literal::Long(number) if negative => Literal::Long(number.wrapping_neg()),
            Literal::Real(number) if negative => Literal::Real(-number),
            Literal::Timespan(ticks) if negative => Literal::Timespan(-ticks),
            _ if negative => return Err(wrong),
            literal => literal,
        };
        json_of(&literal).ok_or(wrong)
    }
}

/// The value as JSON.
fn json_of(literal: &Literal) -> Option<Value> {
    Some(match literal {
        Literal::Null(_) => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(number) => Value::from(*number),
        Literal::Long(number) => Value::from(*number),
        Literal::Real(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
        Literal::Decimal(text) => text.parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number),
        Literal::String(text) => Value::String(text.to_string()),
        Literal::Datetime(ticks) => Value::String(moment::write_datetime(*ticks)),
        Literal::Timespan(ticks) => Value::String(moment::write_timespan(*ticks)),
        Literal::Guid(guid) => Value::String(crate::print::guid(*guid)),
        Literal::Dynamic(value) => (**value).clone(),
    })
}
