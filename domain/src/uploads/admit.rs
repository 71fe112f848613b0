//! Taking in one file whose bytes have arrived: its row is locked, judged again and changed, and all of that becomes true
//! only when the bytes have been given their name.

use jiff::Timestamp;

use crate::{
    Result,
    db::{GenericClient, Object, Transaction},
    file_name::FileName,
    ids::UserId,
};

/// A file whose bytes are here, under no final name yet.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub release: String,
    pub name: FileName,
    /// Where it will lie, below the root of the storage.
    pub path: String,
    /// In lower-case hex, of the bytes that came.
    pub sha256: String,
    /// In bytes.
    pub size: u64,
    pub by: UserId,
    /// When the last byte came.
    pub at: Timestamp,
}

/// What is to be done with a file that has arrived.
pub enum Admission<'a> {
    /// Give the bytes their name, then call [`Placing::placed`].
    Placing(Placing<'a>),
    AlreadyUploaded,
    /// These are not the bytes that were promised.
    Mismatch,
    /// The release has gone, or never asked for this name.
    NotRequested,
}

/// A file that is being given its name, held by an open transaction. Dropped, nothing has happened to its row.
pub struct Placing<'a> {
    pub file: String,
    transaction: Transaction<'a>,
}

impl Placing<'_> {
    /// Its bytes have their final name. Returns the file's id. After an error it is unknown whether the row says so; the
    /// bytes must stay.
    pub async fn placed(self) -> Result<String> {
        self.transaction.commit().await?;
        Ok(self.file)
    }
}

/// Locks the file's row and judges it. Other uploads of the same file wait until this one has ended either way.
pub async fn admit<'a>(client: &'a mut Object, arrived: &Arrived) -> Result<Admission<'a>> {
    let transaction = client.transaction().await?;
    let promised = match promised(&transaction, arrived).await? {
        Some(promised) => promised,
        None => return admit_unpromised(transaction, arrived).await,
    };
    if promised.is_uploaded {
        return Ok(Admission::AlreadyUploaded);
    }
    if !promised.sha256.eq_ignore_ascii_case(&arrived.sha256) {
        return Ok(Admission::Mismatch);
    }
    let update = transaction
        .prepare_cached(
            "UPDATE jobserver_releasefile
             SET path = $2, uploaded_at = $3
             WHERE id = $1",
        )
        .await?;
    transaction.execute(&update, &[&promised.id, &arrived.path, &arrived.at]).await?;
    Ok(Admission::Placing(Placing { file: promised.id, transaction }))
}

struct Promised {
    id: String,
    sha256: String,
    is_uploaded: bool,
}

async fn promised(transaction: &Transaction<'_>, arrived: &Arrived) -> Result<Option<Promised>> {
    let select = transaction
        .prepare_cached(
            "SELECT id, filehash, uploaded_at IS NOT NULL
             FROM jobserver_releasefile
             WHERE release_id = $1
               AND name = $2
             ORDER BY uploaded_at, id
             LIMIT 1
             FOR UPDATE",
        )
        .await?;
    let row = transaction.query_opt(&select, &[&arrived.release, &arrived.name.as_str()]).await?;
    Ok(row.map(|row| Promised { id: row.get(0), sha256: row.get(1), is_uploaded: row.get(2) }))
}

/// Very old releases list names without a row for each; then the upload makes the row, and any bytes are right. The
/// release itself is locked meanwhile, since there is no row that could be.
async fn admit_unpromised<'a>(transaction: Transaction<'a>, arrived: &Arrived) -> Result<Admission<'a>> {
    let lock = transaction
        .prepare_cached(
            "SELECT requested_files @> jsonb_build_array(jsonb_build_object('name', $2::text))
             FROM jobserver_release
             WHERE id = $1
             FOR NO KEY UPDATE",
        )
        .await?;
    let release = transaction.query_opt(&lock, &[&arrived.release, &arrived.name.as_str()]).await?;
    if !release.is_some_and(|row| row.get(0)) {
        return Ok(Admission::NotRequested);
    }
    if promised(&transaction, arrived).await?.is_some() {
        // Somebody else's upload made the row while this one waited.
        return Ok(Admission::AlreadyUploaded);
    }
    let insert = transaction
        .prepare_cached(
            "INSERT INTO jobserver_releasefile (id, release_id, workspace_id, name, path, filehash, size, mtime,
                                                created_at, created_by_id, uploaded_at)
             SELECT $1, release.id, release.workspace_id, $3, $4, $5, $6, $7, now(), $8, $7
             FROM jobserver_release AS release
             WHERE release.id = $2",
        )
        .await?;
    let id = crate::ulid::new();
    let size = i32::try_from(arrived.size).unwrap_or(i32::MAX);
    transaction
        .execute(
            &insert,
            &[
                &id,
                &arrived.release,
                &arrived.name.as_str(),
                &arrived.path,
                &arrived.sha256,
                &size,
                &arrived.at,
                &arrived.by,
            ],
        )
        .await?;
    Ok(Admission::Placing(Placing { file: id, transaction }))
}
