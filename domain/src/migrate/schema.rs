//! Whether the tables of a database that Django made are the ones this program was written for.
//! Names of indexes, of foreign keys and of generated constraints differ between databases of different age, as do the
//! order of columns and the kind of sequence behind an id: none of that is looked at.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Client;

use crate::{Error, Result};

const COLUMNS: &str = include_str!("../../data/django_schema.tsv");
const CONSTRAINTS: &str = include_str!("../../data/django_constraints.tsv");

/// How many differences a message names.
const NAMED: usize = 12;

/// [`Error::Invalid`], naming the differences, unless every known table, column, check and unique constraint is there.
pub(super) async fn require_all_tables(client: &Client) -> Result<()> {
    let (columns, checks, uniques) =
        tokio::try_join!(columns(client), checks(client), unique_columns(client))?;
    let mut differences = column_differences(&columns);
    differences.extend(constraint_differences(&columns, &checks, &uniques));
    if differences.is_empty() {
        return Ok(());
    }
    let more = match differences.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    differences.truncate(NAMED);
    Err(Error::Invalid(format!(
        "Django's migrations are complete, but the tables are not as they leave them: {}{more}. Restore them as Django \
         made them, then run this command again.",
        differences.join("; ")
    )))
}

/// A column as it is in the database.
struct Column {
    type_name: String,
    nullable: bool,
    has_default: bool,
}

type Columns = HashMap<(String, String), Column>;

async fn columns(client: &Client) -> Result<Columns> {
    let rows = client
        .query(
            "SELECT
                 class.relname,
                 attribute.attname,
                 format_type(attribute.atttypid, attribute.atttypmod),
                 NOT attribute.attnotnull,
                 attribute.atthasdef OR attribute.attidentity <> ''
             FROM pg_attribute AS attribute
             JOIN pg_class AS class ON class.oid = attribute.attrelid
             WHERE class.relnamespace = current_schema()::regnamespace
               AND class.relkind IN ('r', 'p')
               AND attribute.attnum > 0
               AND NOT attribute.attisdropped",
            &[],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let column = Column {
                type_name: row.try_get(2)?,
                nullable: row.try_get(3)?,
                has_default: row.try_get(4)?,
            };
            Ok(((row.try_get(0)?, row.try_get(1)?), column))
        })
        .collect()
}

/// (table, name) and (table, definition) of every check.
async fn checks(client: &Client) -> Result<HashSet<(String, String)>> {
    let rows = client
        .query(
            "SELECT class.relname, word
             FROM pg_constraint
             JOIN pg_class AS class ON class.oid = conrelid
             CROSS JOIN LATERAL (VALUES (conname::text), (pg_get_constraintdef(pg_constraint.oid))) AS words (word)
             WHERE contype = 'c' AND class.relnamespace = current_schema()::regnamespace",
            &[],
        )
        .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// (table, sorted columns) of every unique index over all rows, primary keys among them.
async fn unique_columns(client: &Client) -> Result<HashSet<(String, Vec<String>)>> {
    let rows = client
        .query(
            "SELECT
                 class.relname,
                 array_agg(attribute.attname::text ORDER BY attribute.attname::text COLLATE \"C\")
             FROM pg_index AS index
             JOIN pg_class AS class ON class.oid = index.indrelid
             JOIN pg_attribute AS attribute
               ON attribute.attrelid = index.indrelid AND attribute.attnum = ANY(index.indkey)
             WHERE index.indisunique
               AND index.indisvalid
               AND index.indpred IS NULL
               AND index.indexprs IS NULL
               AND class.relnamespace = current_schema()::regnamespace
             GROUP BY index.indexrelid, class.relname",
            &[],
        )
        .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

fn column_differences(found: &Columns) -> Vec<String> {
    let tables = found.keys().map(|(table, _)| table.as_str()).collect::<HashSet<_>>();
    let mut differences = Vec::new();
    let mut known = HashSet::new();
    let mut missing_tables = HashSet::new();
    for (table, name, type_name, nullable) in known_columns() {
        known.insert((table, name));
        if !tables.contains(table) {
            if missing_tables.insert(table) {
                differences.push(format!("table {table} is missing"));
            }
            continue;
        }
        match found.get(&(table.to_owned(), name.to_owned())) {
            None => differences.push(format!("column {table}.{name} is missing")),
            Some(column) if column.type_name != type_name => {
                differences.push(format!("column {table}.{name} is {}, not {type_name}", column.type_name));
            }
            Some(column) if column.nullable != nullable => {
                let rule = if nullable { "should accept NULL" } else { "should not accept NULL" };
                differences.push(format!("column {table}.{name} {rule}"));
            }
            Some(_) => {}
        }
    }
    let known_tables = known.iter().map(|(table, _)| *table).collect::<HashSet<_>>();
    let mut unknown = found
        .iter()
        .filter(|((table, name), column)| {
            known_tables.contains(table.as_str())
                && !known.contains(&(table.as_str(), name.as_str()))
                && !column.nullable
                && !column.has_default
        })
        .map(|((table, name), _)| format!("column {table}.{name} is unknown here and must have a value"))
        .collect::<Vec<_>>();
    unknown.sort();
    differences.extend(unknown);
    differences
}

fn constraint_differences(
    columns: &Columns,
    checks: &HashSet<(String, String)>,
    uniques: &HashSet<(String, Vec<String>)>,
) -> Vec<String> {
    let tables = columns.keys().map(|(table, _)| table.as_str()).collect::<HashSet<_>>();
    known_constraints()
        .filter(|constraint| tables.contains(constraint.table))
        .filter(|constraint| {
            let table = constraint.table.to_owned();
            match constraint.kind {
                "check" => {
                    !checks.contains(&(table.clone(), constraint.name.to_owned()))
                        && !checks.contains(&(table, constraint.definition.to_owned()))
                }
                "unique" | "primary key" => !uniques.contains(&(table, columns_of(constraint.definition))),
                _ => false,
            }
        })
        .map(|constraint| format!("table {} lacks {}", constraint.table, constraint.definition))
        .collect()
}

/// Every known column as (table, column, type, nullable).
fn known_columns() -> impl Iterator<Item = (&'static str, &'static str, &'static str, bool)> {
    COLUMNS.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        Some((cells.next()?, cells.next()?, cells.next()?, cells.next()? == "null"))
    })
}

struct KnownConstraint {
    table: &'static str,
    name: &'static str,
    kind: &'static str,
    definition: &'static str,
}

fn known_constraints() -> impl Iterator<Item = KnownConstraint> {
    CONSTRAINTS.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        Some(KnownConstraint {
            table: cells.next()?,
            name: cells.next()?,
            kind: cells.next()?,
            definition: cells.next()?,
        })
    })
}

/// The sorted columns in `UNIQUE (a, "b")`.
fn columns_of(definition: &str) -> Vec<String> {
    let inner = definition.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
    let mut columns = inner.split(", ").map(|column| column.trim_matches('"').to_owned()).collect::<Vec<_>>();
    columns.sort();
    columns
}
