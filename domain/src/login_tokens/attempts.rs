//! Counting wrong tokens, per person and per address, in the database, so that all processes count together. A count
//! begins with its first attempt and is over a quarter of an hour later, whatever came in between; so somebody who guesses cannot
//! lock the person out for longer than that.

use deadpool_postgres::GenericClient;

use crate::{Result, ids::UserId};

/// Attempts in one window for one person, whose next token is then refused. Generating a new token starts afresh.
pub const PER_USER: i32 = 20;
/// Attempts in one window from one address. All people of a backend come from the same one.
pub const PER_ADDRESS: i32 = 200;
/// How long attempts are counted together.
pub const WINDOW_MINUTES: i32 = 15;

/// Addresses are short; what a proxy made up is cut.
const LONGEST_ADDRESS: usize = 64;

fn of_user(user: UserId) -> String {
    format!("user:{user}")
}

fn of_address(address: &str) -> String {
    format!("address:{}", address.chars().take(LONGEST_ADDRESS).collect::<String>())
}

/// Counts an attempt. If there were too many, how many minutes it takes until the next one is heard. The address comes first, for
/// everybody, so that two attempts at once cannot wait for each other.
pub(super) async fn count(
    db: &impl GenericClient,
    user: Option<UserId>,
    address: &str,
) -> Result<Option<i32>> {
    let subjects: Vec<String> =
        [Some(of_address(address)), user.map(of_user)].into_iter().flatten().collect();
    let limits = [PER_ADDRESS, PER_USER];
    let upsert = db
        .prepare_cached(
            "INSERT INTO login_token_attempt AS attempt (subject, attempts)
             SELECT subject, 1
             FROM unnest($1::text[]) WITH ORDINALITY AS counted (subject, position)
             ORDER BY position
             ON CONFLICT (subject) DO UPDATE
             SET attempts = CASE WHEN attempt.counted_since < now() - make_interval(mins => $2) THEN 1
                                 ELSE least(attempt.attempts + 1, 1000000) END,
                 counted_since = CASE WHEN attempt.counted_since < now() - make_interval(mins => $2) THEN now()
                                      ELSE attempt.counted_since END
             RETURNING subject, attempts,
                       ceil(extract(epoch FROM counted_since + make_interval(mins => $2) - now()) / 60)::int",
        )
        .await?;
    let rows = db.query(&upsert, &[&subjects, &WINDOW_MINUTES]).await?;
    let over = rows.iter().filter(|row| {
        let place = subjects.iter().position(|subject| subject == row.get::<_, &str>(0));
        place.is_some_and(|place| row.get::<_, i32>(1) > limits[place])
    });
    Ok(over.map(|row| row.get::<_, i32>(2).max(1)).max())
}

/// An attempt was right: it does not count, and neither do the person's wrong ones before it.
pub(super) async fn forgive(db: &impl GenericClient, user: UserId, address: &str) -> Result<()> {
    let update = db
        .prepare_cached(
            "UPDATE login_token_attempt SET attempts = attempts - 1 WHERE subject = $1 AND attempts > 0",
        )
        .await?;
    db.execute(&update, &[&of_address(address)]).await?;
    forget(db, user).await
}

/// The person's wrong attempts count no more.
pub(super) async fn forget(db: &impl GenericClient, user: UserId) -> Result<()> {
    let delete = db.prepare_cached("DELETE FROM login_token_attempt WHERE subject = $1").await?;
    db.execute(&delete, &[&of_user(user)]).await?;
    Ok(())
}

/// Deletes counts that are over.
pub(crate) async fn forget_old(db: &impl GenericClient) -> Result<u64> {
    let delete = db
        .prepare_cached("DELETE FROM login_token_attempt WHERE counted_since < now() - interval '1 day'")
        .await?;
    Ok(db.execute(&delete, &[]).await?)
}
