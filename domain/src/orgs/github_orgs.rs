//! The GitHub organisations of an organisation: its members may make workspaces of their repositories.

use deadpool_postgres::Object;

use super::Org;
use crate::{
    Result,
    audit::{self, About, Event, Kind},
    users::Person,
};

/// The longest name, in characters. GitHub's own have 39 at most.
pub const NAME_LIMIT: usize = 100;

/// A name as it is stored, from what was typed.
///
/// # Errors
/// What is wrong with it, for the person who typed it.
pub fn checked_name(typed: &str) -> std::result::Result<&str, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if typed.chars().count() > NAME_LIMIT {
        Err(format!("A GitHub organisation's name has {NAME_LIMIT} characters at most."))
    } else if !typed.chars().all(is_plain) {
        Err("Enter the name as it stands in the organisation's address on GitHub: letters, numbers and hyphens."
            .to_owned())
    } else {
        Ok(typed)
    }
}

/// False: it has been added before, in this spelling or another.
pub async fn add(db: &mut Object, org: &Org, name: &str, by: &Person) -> Result<bool> {
    let tx = db.transaction().await?;
    let statement = tx
        .prepare_cached(
            "UPDATE jobserver_org
             SET github_orgs = array_append(github_orgs, $2::text)
             WHERE id = $1
               AND NOT EXISTS (
                   SELECT FROM unnest(github_orgs) AS known
                   WHERE lower(known) = lower($2::text)
               )",
        )
        .await?;
    if tx.execute(&statement, &[&org.id, &name]).await? == 0 {
        return Ok(false);
    }
    let event = Event::new(Kind::OrgGithubOrgAdded, &by.username, About::org(org.id, &org.name));
    audit::record(&tx, &[event.change("github_org", "", name)]).await?;
    tx.commit().await?;
    Ok(true)
}

/// Takes away the first with exactly this name. False: there is none.
pub async fn remove(db: &mut Object, org: &Org, name: &str, by: &Person) -> Result<bool> {
    let tx = db.transaction().await?;
    let statement = tx
        .prepare_cached(
            "UPDATE jobserver_org
             SET github_orgs = github_orgs[:array_position(github_orgs, $2::text) - 1]
                            || github_orgs[array_position(github_orgs, $2::text) + 1:]
             WHERE id = $1
               AND array_position(github_orgs, $2::text) IS NOT NULL",
        )
        .await?;
    if tx.execute(&statement, &[&org.id, &name]).await? == 0 {
        return Ok(false);
    }
    let event = Event::new(Kind::OrgGithubOrgRemoved, &by.username, About::org(org.id, &org.name));
    audit::record(&tx, &[event.change("github_org", name, "")]).await?;
    tx.commit().await?;
    Ok(true)
}
