//! Which names of repositories the site knows.

use deadpool_postgres::GenericClient;

use crate::{Result, listing};

/// For each of `names`, how many repositories have it in their address, in any case.
pub async fn counts(db: &impl GenericClient, names: &[String]) -> Result<Vec<i64>> {
    let patterns: Vec<String> = names.iter().map(|name| listing::pattern(name)).collect();
    let statement = db
        .prepare_cached(
            "SELECT count(repo.id)
             FROM unnest($1::text[]) WITH ORDINALITY AS wanted (pattern, place)
             LEFT JOIN jobserver_repo AS repo ON upper(repo.url) LIKE wanted.pattern
             GROUP BY wanted.place
             ORDER BY wanted.place",
        )
        .await?;
    let rows = db.query(&statement, &[&patterns]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
