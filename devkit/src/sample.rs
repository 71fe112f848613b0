//! Sample data for `scripts/run` and demonstrations: people of every role, a few organisations and projects, workspaces
//! whose repositories live in the GitHub stand-in, some weeks of finished job requests, releases, applications, and what
//! staff did.
//! All of it is invented here; what the tables mean is the server's business.

mod answers;
mod applications;
pub mod catalogue;
mod history;
mod pictures;
pub mod release_content;
pub mod releases;
mod repositories;
mod rows;
mod staff;

use tokio_postgres::Client;

use crate::Result;

pub use repositories::{people, repositories};

/// Loaders take turns by this advisory lock.
const LOCK: i64 = 0x7361_6d70_6c65;

/// Fills a migrated database, in one transaction; does nothing and answers false if it has users already.
pub async fn load(client: &mut Client) -> Result<bool> {
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    let has_users: bool =
        transaction.query_one("SELECT EXISTS (SELECT FROM jobserver_user)", &[]).await?.get(0);
    if has_users {
        return Ok(false);
    }
    rows::insert(&transaction).await?;
    history::insert(&transaction).await?;
    releases::insert(&transaction).await?;
    applications::insert(&transaction).await?;
    staff::insert(&transaction).await?;
    transaction.commit().await?;
    Ok(true)
}
