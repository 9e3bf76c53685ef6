//! `join` and `lookup`.

use super::{Checker, Done, columns::place, names::Columns, row::Env, scope::Scope, types, union::setting};
use crate::{
    checked::{self, Column, Expr, Join, JoinKind, Table},
    mistake::{What, Wrong},
    operator::{self, Setting},
    place::Span,
    tree::{self, BinaryOperator, ExprKind, Member, Name},
};

impl<'t> Checker<'_, 't> {
    pub(super) fn join(
        &mut self,
        join: &'t operator::Join,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let kind = kind_of(&join.settings)?.unwrap_or(JoinKind::InnerUnique);
        let right = self.table(&join.right, Env::constant(scope))?;
        let on = self.on(&join.on, table.schema(), right.schema())?;
        let columns = if kind.is_left_only() {
            table.schema().clone()
        } else if kind.is_right_only() {
            right.schema().clone()
        } else {
            side_by_side(table.schema(), right.schema().iter())
        };
        let join = Join { kind, right, on };
        Ok(table.then(checked::Operator::Join(Box::new(join)), columns, span))
    }

    pub(super) fn lookup(
        &mut self,
        lookup: &'t operator::Lookup,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let kind = match kind_of(&lookup.settings)? {
            None | Some(JoinKind::LeftOuter) => JoinKind::LeftOuter,
            Some(JoinKind::Inner) => JoinKind::Inner,
            Some(_) => return Err(Wrong::new(What::UnknownValue("leftouter, inner"), span)),
        };
        let right = self.table(&lookup.right, Env::constant(scope))?;
        let on = self.on(&lookup.on, table.schema(), right.schema())?;
        let keys: Vec<usize> = on.iter().filter_map(|(_, right)| column_of(right)).collect();
        let left_count = table.schema().len();
        let kept: Vec<usize> = (0..right.schema().len()).filter(|place| !keys.contains(place)).collect();
        let all = side_by_side(table.schema(), right.schema().iter());
        let named = side_by_side(table.schema(), kept.iter().filter_map(|place| right.schema().get(*place)));
        let places = (0..left_count).chain(kept.iter().map(|place| left_count + place));
        let exprs = places.zip(named.iter()).map(|(place, column)| Expr::of_column(place, column.column_type, span));
        let exprs = exprs.collect();
        let join = Join { kind, right, on };
        Ok(table.then(checked::Operator::Join(Box::new(join)), all, span).project(exprs, named, span))
    }

    /// What must be equal.
    fn on(&mut self, conditions: &'t [tree::Expr], left: &[Column], right: &[Column]) -> Done<Vec<(Expr, Expr)>> {
        let mut on = Vec::with_capacity(conditions.len());
        for condition in conditions {
            match &condition.kind {
                ExprKind::Name(name) => on.push(pair(name, left, name, right)?),
                ExprKind::And(parts) => on.extend(self.on(parts, left, right)?),
                ExprKind::Binary { operator: BinaryOperator::Equal, left: first, right: second } => {
                    let ((Side::Left(a), Side::Right(b)) | (Side::Right(b), Side::Left(a))) =
                        (side(first)?, side(second)?)
                    else {
                        return Err(Wrong::expected("\"$left.a == $right.b\"", condition.span));
                    };
                    on.push(pair(a, left, b, right)?);
                }
                _ => return Err(Wrong::expected("a column, or \"$left.a == $right.b\"", condition.span)),
            }
        }
        Ok(on)
    }
}

enum Side<'t> {
    Left(&'t Name),
    Right(&'t Name),
}

/// `$left.a` or `$right.b`.
fn side(expr: &tree::Expr) -> Done<Side<'_>> {
    if let ExprKind::Member { of, member: Member::Name(name) } = &expr.kind
        && let ExprKind::Name(side) = &of.kind
    {
        match &*side.text {
            "$left" => return Ok(Side::Left(name)),
            "$right" => return Ok(Side::Right(name)),
            _ => {}
        }
    }
    Err(Wrong::expected("\"$left.column\" or \"$right.column\"", expr.span))
}

/// Columns of both sides, of one type.
fn pair(left_name: &Name, left: &[Column], right_name: &Name, right: &[Column]) -> Done<(Expr, Expr)> {
    let column = |name: &Name, columns: &[Column]| {
        let place = place(name, columns)?;
        let column_type = columns.get(place).map_or(model::ColumnType::Dynamic, |column| column.column_type);
        Ok(Expr::of_column(place, column_type, name.span))
    };
    types::comparable(column(left_name, left)?, column(right_name, right)?)
}

/// The column that a key is, also if it is converted.
fn column_of(key: &Expr) -> Option<usize> {
    match &key.kind {
        checked::ExprKind::Column(place) => Some(*place),
        checked::ExprKind::Cast(of) => column_of(of),
        _ => None,
    }
}

/// The columns of both sides. Those of the right whose name the left has get a number that makes a new name on either side.
fn side_by_side<'r>(left: &[Column], right: impl Iterator<Item = &'r Column> + Clone) -> checked::Schema {
    let mut columns = Columns::new(left);
    columns.reserve(right.clone().map(|column| &column.name));
    for column in right {
        columns.add_unique(&column.name, column.column_type);
    }
    columns.into_schema()
}

fn kind_of(settings: &[Setting]) -> Done<Option<JoinKind>> {
    let Some(kind) = setting(settings, "kind") else { return Ok(None) };
    Ok(Some(match kind {
        "innerunique" => JoinKind::InnerUnique,
        "inner" => JoinKind::Inner,
        "leftouter" => JoinKind::LeftOuter,
        "rightouter" => JoinKind::RightOuter,
        "fullouter" => JoinKind::FullOuter,
        "leftsemi" => JoinKind::LeftSemi,
        "rightsemi" => JoinKind::RightSemi,
        "leftanti" | "anti" | "leftantisemi" => JoinKind::LeftAnti,
        "rightanti" | "rightantisemi" => JoinKind::RightAnti,
        _ => {
            const KINDS: &str =
                "innerunique, inner, leftouter, rightouter, fullouter, leftsemi, rightsemi, leftanti, rightanti";
            let span = settings.iter().find(|s| &*s.name.text == "kind").map(|s| s.name.span).unwrap_or_default();
            return Err(Wrong::new(What::UnknownValue(KINDS), span).near(kind, KINDS.split(", ")));
        }
    }))
}
