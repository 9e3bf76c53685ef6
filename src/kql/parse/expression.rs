//! Expressions. Loosest first: `or`, `and`, equality and lists, order, sums, products, text operators, signs, paths.

use super::{Parsed, Parser};
use crate::{
    literal::named_type,
    mistake::{What, Wrong},
    operator::{Datatable, Externaldata},
    place::Span,
    token::TokenKind,
    tree::{BinaryOperator, Expr, ExprKind, InOperator, Member, Name, Named, TypeSpec},
};

/// So many sums, products or steps of a path in a row; each makes the tree one level deeper.
const MAX_CHAIN: usize = 200;

impl Parser<'_> {
    /// Takes an expression.
    pub(crate) fn expression(&mut self) -> Parsed<Expr> {
        self.deeper(Self::or)
    }

    /// Takes an expression that may be named: `a = b`, `(a, b) = c`.
    pub(crate) fn named(&mut self) -> Parsed<Named> {
        let names = self.attempt(Self::names_before_equals).unwrap_or_default();
        Ok(Named { names, expr: self.expression()? })
    }

    /// Takes the names before an equals sign, and that.
    fn names_before_equals(&mut self) -> Option<Vec<Name>> {
        let names = if self.eat("(") {
            let mut names = vec![self.name_if()?];
            while self.eat(",") {
                if self.is(")") {
                    break;
                }
                names.push(self.name_if()?);
            }
            self.eat(")").then_some(names)?
        } else {
            vec![self.name_if()?]
        };
        self.eat("=").then_some(names)
    }

    fn or(&mut self) -> Parsed<Expr> {
        self.junction("or", Self::and, ExprKind::Or)
    }

    fn and(&mut self) -> Parsed<Expr> {
        self.junction("and", Self::equality, ExprKind::And)
    }

    fn junction(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Parsed<Expr>,
        joined: fn(Vec<Expr>) -> ExprKind,
    ) -> Parsed<Expr> {
        let start = self.span();
        let first = part(self)?;
        if !self.is(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.eat(word) {
            parts.push(part(self)?);
        }
        Ok(Expr { kind: joined(parts), span: self.since(start) })
    }

    /// Equality, lists and ranges, of which there is one at most.
    fn equality(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let value = self.binary(2)?;
        let word = self.text_ahead(0);
        let kind = if let Some(operator) = BinaryOperator::spelled(word).filter(|operator| operator.tightness() == 1) {
            self.advance();
            ExprKind::Binary { operator, left: Box::new(value), right: Box::new(self.binary(2)?) }
        } else if let Some(operator) = InOperator::spelled(word).filter(|_| self.text_ahead(1) != "range") {
            self.advance();
            self.need("(")?;
            ExprKind::In { operator, value: Box::new(value), list: self.in_list()? }
        } else if matches!(word, "between" | "!between") {
            self.advance();
            self.need("(")?;
            let low = Box::new(self.expression()?);
            self.need("..")?;
            let high = Box::new(self.expression()?);
            self.need(")")?;
            ExprKind::Between { negated: word == "!between", value: Box::new(value), low, high }
        } else {
            return Ok(value);
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    /// Values or one table, up to the closing bracket.
    fn in_list(&mut self) -> Parsed<Vec<Expr>> {
        if self.is_pipe() {
            let table = self.pipe_expression()?;
            self.need(")")?;
            return Ok(vec![table]);
        }
        let list = self.list_until(")", Self::expression)?;
        if list.is_empty() { Err(Wrong::expected("a value", self.last_span())) } else { Ok(list) }
    }

    /// Operators that bind at least so tightly. Order and text operators do not chain; sums and products do.
    fn binary(&mut self, least: u8) -> Parsed<Expr> {
        let start = self.span();
        // `* has "x"` looks in all columns.
        let mut left = if self.is_condition_of_star() { self.star() } else { self.sign()? };
        let mut most = u8::MAX;
        let mut length = 0;
        loop {
            let operator = BinaryOperator::spelled(self.text_ahead(0));
            let Some(operator) = operator.filter(|o| (least..=most).contains(&o.tightness())) else { return Ok(left) };
            self.advance();
            if operator == BinaryOperator::MatchesRegex {
                self.need("regex")?;
            }
            length += 1;
            if length > MAX_CHAIN {
                return Err(Wrong::new(What::TooDeep, self.span()));
            }
            let tightness = operator.tightness();
            most = if matches!(tightness, 3 | 4) { tightness } else { tightness - 1 };
            let right = self.binary(tightness + 1)?;
            left = Expr {
                kind: ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) },
                span: self.since(start),
            };
        }
    }

    /// Whether `* has "a"` or the like is next.
    pub(crate) fn is_condition_of_star(&self) -> bool {
        self.is("*") && BinaryOperator::spelled(self.text_ahead(1)).is_some()
    }

    pub(crate) fn star(&mut self) -> Expr {
        let span = self.span();
        self.advance();
        Expr { kind: ExprKind::Star, span }
    }

    fn sign(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let kind = if self.eat("-") {
            ExprKind::Negative(Box::new(self.path()?))
        } else if self.eat("+") {
            ExprKind::Positive(Box::new(self.path()?))
        } else {
            return self.path();
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    /// Something, with its parts and elements behind it.
    pub(crate) fn path(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let first = self.primary()?;
        self.path_behind(start, first)
    }

    /// A column or a part of one; a bracket behind it belongs to something else.
    pub(crate) fn path_without_call(&mut self) -> Parsed<Expr> {
        let name = self.name()?;
        let first = Expr { span: name.span, kind: ExprKind::Name(name) };
        self.path_behind(first.span, first)
    }

    fn path_behind(&mut self, start: Span, first: Expr) -> Parsed<Expr> {
        let mut expr = first;
        let mut length = 0;
        loop {
            let of = Box::new(expr);
            let kind = if self.eat(".") {
                ExprKind::Member { of, member: self.member()? }
            } else if self.eat("[") {
                let index = Box::new(self.expression()?);
                self.need("]")?;
                ExprKind::Index { of, index }
            } else {
                return Ok(*of);
            };
            length += 1;
            if length > MAX_CHAIN {
                return Err(Wrong::new(What::TooDeep, self.span()));
            }
            expr = Expr { kind, span: self.since(start) };
        }
    }

    fn member(&mut self) -> Parsed<Member> {
        if self.is_lone_star() {
            let span = self.span();
            self.advance();
            return Ok(Member::Wildcard(Name { text: "*".into(), span }));
        }
        if let Some(name) = self.wildcard_if() {
            return Ok(Member::Wildcard(name));
        }
        if self.is("[") && self.name_len(0).is_none() {
            self.advance();
            let index = self.expression()?;
            self.need("]")?;
            return Ok(Member::Value(Box::new(index)));
        }
        let name = self.any_name()?;
        if self.eat("(") {
            return Ok(Member::Call { function: name, arguments: self.arguments()? });
        }
        Ok(Member::Name(name))
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let start = self.span();
        if self.eat("(") {
            return self.in_brackets(start);
        }
        let kind = match self.kind() {
            Some(TokenKind::Literal(_)) => ExprKind::Literal(self.literal()?),
            Some(TokenKind::Sign) if self.name_len(0).is_some() => ExprKind::Name(self.name()?),
            Some(TokenKind::Word) => self.word_expression()?,
            _ => return Err(Wrong::expected("an expression", start)),
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    /// An expression or a table in brackets. Brackets only group, so an expression is given as it is.
    fn in_brackets(&mut self, start: Span) -> Parsed<Expr> {
        let inner = self.expression_or_pipe()?;
        self.need(")")?;
        Ok(Expr { span: self.since(start), ..inner })
    }

    fn word_expression(&mut self) -> Parsed<ExprKind> {
        let opens = self.text_ahead(1) == "(";
        match self.text_ahead(0) {
            "dynamic" if opens => {
                self.advance();
                self.dynamic().map(ExprKind::Literal)
            }
            "typeof" if opens => {
                self.at += 2;
                self.list_until(")", Self::type_spec).map(ExprKind::TypeOf)
            }
            "datatable" => Ok(ExprKind::Datatable(Box::new(Datatable::parse(self)?))),
            "externaldata" | "external_data" if opens => {
                Ok(ExprKind::Externaldata(Box::new(Externaldata::parse(self)?)))
            }
            // Functions that are named as operators are.
            "has_any" | "has_all" | "in" | "between" => Err(Wrong::expected("an expression", self.span())),
            _ if opens => {
                let function = self.any_name()?;
                self.advance();
                Ok(ExprKind::Call { function, arguments: self.arguments()? })
            }
            _ => {
                let span = self.span();
                self.name_if().map(ExprKind::Name).ok_or_else(|| Wrong::expected("an expression", span))
            }
        }
    }

    /// The arguments of a call, up to the closing bracket.
    pub(crate) fn arguments(&mut self) -> Parsed<Vec<Named>> {
        self.list_until(")", Self::argument)
    }

    fn argument(&mut self) -> Parsed<Named> {
        if self.is("*") && matches!(self.text_ahead(1), ")" | ",") {
            return Ok(Named::bare(self.star()));
        }
        let names = self.attempt(Self::names_before_equals).unwrap_or_default();
        Ok(Named { names, expr: self.expression_or_pipe()? })
    }

    fn type_spec(&mut self) -> Parsed<TypeSpec> {
        if self.eat("*") {
            return Ok(TypeSpec::Star);
        }
        if let Some(column_type) = self.word_ahead(0).and_then(named_type).filter(|_| self.text_ahead(1) != ":") {
            self.advance();
            return Ok(TypeSpec::Type(column_type));
        }
        if self.text_ahead(1) != ":" && self.name_len(0) == Some(1) {
            return Err(self.unknown_type());
        }
        let declared = self.declared()?;
        Ok(TypeSpec::Column(declared.name, declared.column_type))
    }
}
