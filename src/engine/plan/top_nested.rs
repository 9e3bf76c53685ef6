//! `top-nested`: the top values, and within each the top of others; what is in no top may count together.

use datafusion::{
    common::{Column, JoinType, NullEquality},
    logical_expr::{Expr, LogicalPlanBuilder, SortExpr},
};
use kql::checked::NestedLevel;
use model::ColumnType;

use super::{PlanError, Planned, Planner, Planning, constant::constant};
use crate::cell::Cell;

impl Planner<'_> {
    pub(super) fn top_nested(&self, levels: &[NestedLevel], types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let mut rows = input;
        // What is in the answer so far: values and aggregates of the levels above, by the values as keys.
        let mut answer: Option<Planned> = None;
        let mut rests = Vec::new();
        for (place, level) in levels.iter().enumerate() {
            let of = self.expr(&level.of, &rows)?;
            let (with_value, added) = rows.with(vec![of], self)?;
            let value = added.into_iter().next().ok_or(PlanError::Senseless("a level of nothing"))?;
            let top = self.top_of(level, with_value.clone())?;
            let keys: Vec<Column> = with_value.keys.iter().chain([&value]).cloned().collect();
            let on_top: Vec<Column> = top.keys.iter().chain(top.columns.first()).cloned().collect();
            let by_top = |kind| joined(&with_value, &top, kind, keys.clone(), on_top.clone());
            if level.others.is_some() {
                let rest = by_top(JoinType::LeftAnti)?;
                rests.push(self.rest_of(levels.get(place..).unwrap_or_default(), rest, answer.as_ref())?);
            }
            // The rows of these values go on to the next level.
            rows = Planned { keys: keys.clone(), ..by_top(JoinType::LeftSemi)? };
            answer = Some(match answer {
                None => top,
                Some(above) => beside(&above, &top)?,
            });
        }
        let answer = answer.ok_or(PlanError::Senseless("top-nested without levels"))?;
        let answer = Planned { types: types.to_vec(), ..answer };
        if rests.is_empty() {
            return Ok(answer);
        }
        let mut all = answer.exact(self)?;
        for rest in rests {
            let plan = LogicalPlanBuilder::from(all.plan).union(rest.exact(self)?.plan)?.build()?;
            all = Planned { plan, ordered: false, ..all };
        }
        Ok(all)
    }

    /// The top values of a level with their aggregates, for each of the values above.
    fn top_of(&self, level: &NestedLevel, rows: Planned) -> Planning<Planned> {
        let summed = self.summarize(std::slice::from_ref(&level.of), std::slice::from_ref(&level.by), rows)?;
        let values = vec![summed.column(0)?, self.finished(level, 1, &summed)?];
        let (summed, columns) = summed.with(values, self)?;
        let summed = Planned { columns, types: vec![level.of.column_type, result_type(level)], ..summed };
        let order = vec![SortExpr::new(summed.column(1)?, level.ascending, false)];
        let plan = LogicalPlanBuilder::from(summed.plan.clone()).sort(order)?.build()?;
        let sorted = Planned { plan, ordered: true, ..summed };
        match &level.count {
            None => Ok(sorted),
            Some(count) => self.take_any_way(self.count(count)?, sorted),
        }
    }

    /// One row, for each of the values above, of all rows that are in no top: from this level on, levels count them
    /// together or say nothing of them.
    fn rest_of(&self, levels: &[NestedLevel], rows: Planned, above: Option<&Planned>) -> Planning<Planned> {
        let counting = || levels.iter().filter_map(|level| Some((level, level.others.as_ref()?)));
        let name = counting().map(|(_, others)| others.clone()).take(1).collect::<Vec<_>>();
        let aggregates: Vec<_> = counting().map(|(level, _)| level.by.clone()).collect();
        let summed = self.summarize(&name, &aggregates, rows)?;
        let (mut values, mut types, mut place) = (Vec::new(), Vec::new(), 0);
        for level in levels {
            let pair = [level.of.column_type, result_type(level)];
            match &level.others {
                Some(others) => {
                    place += 1;
                    values.extend([self.expr(others, &summed)?, self.finished(level, place, &summed)?]);
                }
                None => values.extend(pair.map(nothing)),
            }
            types.extend(pair);
        }
        let (summed, columns) = summed.with(values, self)?;
        let rest = Planned { columns, types, ..summed };
        above.map_or_else(|| Ok(rest.clone()), |above| beside(above, &rest))
    }

    /// The aggregate of a level, at this place of what was summarized, with what is done with it.
    fn finished(&self, level: &NestedLevel, place: usize, summed: &Planned) -> Planning<Expr> {
        let Some(finish) = &level.finish else { return summed.column(place) };
        let column = summed.columns.get(place).cloned().zip(summed.types.get(place).copied());
        self.expr(finish, &summed.clone().select(column.into_iter().collect()))
    }

    fn take_any_way(&self, count: usize, input: Planned) -> Planning<Planned> {
        if !input.keys.is_empty() {
            return self.take_each(count, input);
        }
        let plan = LogicalPlanBuilder::from(input.plan.clone()).limit(0, Some(count))?.build()?;
        Ok(Planned { plan, ..input })
    }
}

fn result_type(level: &NestedLevel) -> ColumnType {
    level.finish.as_ref().map_or(level.by.column_type, |finish| finish.column_type)
}

/// No value of a type; of a text, the empty one.
fn nothing(column_type: ColumnType) -> Expr {
    let cell = if column_type == ColumnType::String { Cell::of("") } else { Cell::Null };
    constant(&cell, column_type)
}

/// Rows of the levels above, with those of the next one, which has the values above as its keys.
fn beside(above: &Planned, below: &Planned) -> Planning<Planned> {
    let values = above.keys.iter().chain(above.columns.iter().step_by(2)).cloned().collect();
    let both = joined(above, below, JoinType::Inner, values, below.keys.clone())?;
    let columns = above.columns.iter().chain(&below.columns).cloned().collect();
    let types = above.types.iter().chain(&below.types).copied().collect();
    Ok(Planned { columns, types, ..both })
}

/// The rows of the left by those of the right: nothing is the same value as nothing.
fn joined(
    left: &Planned,
    right: &Planned,
    kind: JoinType,
    on_left: Vec<Column>,
    on_right: Vec<Column>,
) -> Planning<Planned> {
    let plan = LogicalPlanBuilder::from(left.plan.clone())
        .join_detailed(right.plan.clone(), kind, (on_left, on_right), None, NullEquality::NullEqualsNull)?
        .build()?;
    Ok(Planned { plan, ordered: false, ..left.clone() })
}
