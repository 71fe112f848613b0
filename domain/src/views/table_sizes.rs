//! How many rows the tables hold.

use deadpool_postgres::GenericClient;

use crate::Result;

/// Every table of the site with its exact number of rows, in alphabetical order. Reads the tables whole.
pub async fn all(db: &impl GenericClient) -> Result<Vec<(String, i64)>> {
    let names = db
        .query(
            "SELECT table_name::text
             FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
             ORDER BY table_name COLLATE \"C\"",
            &[],
        )
        .await?;
    let counts: Vec<String> = names
        .iter()
        .map(|row| {
            let name: String = row.try_get(0)?;
            let (text, identifier) = (name.replace('\'', "''"), name.replace('"', "\"\""));
            Ok(format!("SELECT '{text}' AS name, count(*) AS rows FROM \"{identifier}\""))
        })
        .collect::<Result<_>>()?;
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    let rows = db.query(&counts.join("\nUNION ALL\n"), &[]).await?;
    rows.iter().map(|row| Ok((row.try_get("name")?, row.try_get("rows")?))).collect()
}
