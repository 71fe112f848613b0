//! Indexes on tables that Django filled, built while the site runs. PostgreSQL does that only outside a transaction, so
//! they are no refinery migrations; `migrations/concurrent_indexes.sql` holds them.

use std::collections::HashMap;

use tokio_postgres::Client;

use crate::{Error, Result};

const STATEMENTS: &str = include_str!("../../../migrations/concurrent_indexes.sql");
const OPENING: &str = "CREATE INDEX CONCURRENTLY IF NOT EXISTS ";

/// An index that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Index {
    pub name: &'static str,
    statement: &'static str,
    /// A build was broken off and left a useless index of this name.
    broken: bool,
}

/// Builds what is missing and returns the names. One at a time: each build reads its whole table.
pub(super) async fn build_missing(client: &Client) -> Result<Vec<String>> {
    let missing = missing(client).await?;
    for index in &missing {
        if index.broken {
            client.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {}", index.name)).await?;
        }
        client.batch_execute(index.statement).await?;
        tracing::info!(index = index.name, "built an index");
    }
    Ok(missing.iter().map(|index| index.name.to_owned()).collect())
}

/// The indexes of the file that the database lacks or holds only in part.
pub(super) async fn missing(client: &Client) -> Result<Vec<Index>> {
    let wanted = wanted()?;
    let names = wanted.iter().map(|index| index.name).collect::<Vec<_>>();
    let rows = client
        .query(
            "SELECT class.relname, index.indisvalid
             FROM pg_index AS index
             JOIN pg_class AS class ON class.oid = index.indexrelid
             WHERE class.relnamespace = current_schema()::regnamespace AND class.relname = ANY($1)",
            &[&names],
        )
        .await?;
    let found = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<HashMap<String, bool>>>()?;
    Ok(wanted
        .into_iter()
        .filter_map(|index| match found.get(index.name) {
            Some(true) => None,
            Some(false) => Some(Index { broken: true, ..index }),
            None => Some(index),
        })
        .collect())
}

fn wanted() -> Result<Vec<Index>> {
    STATEMENTS
        .split_inclusive(";\n")
        .filter(|block| !block.trim().is_empty())
        .map(|block| {
            block
                .find(OPENING)
                .map(|start| &block[start..])
                .and_then(|statement| {
                    Some((statement, statement[OPENING.len()..].split_whitespace().next()?))
                })
                .map(|(statement, name)| Index { name, statement, broken: false })
                .ok_or_else(|| {
                    Error::Corrupt(format!("concurrent_indexes.sql holds something else: {block}"))
                })
        })
        .collect()
}
