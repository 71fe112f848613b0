//! Organisations: their names, addresses and logos. Every change is written together with its record. Knows a logo only by
//! its path below the media folder, not how it is stored.

pub mod github_orgs;
pub mod members;
mod name;

use deadpool_postgres::{GenericClient, Object};
use serde::Serialize;
use tokio_postgres::Row;

use crate::{
    Error, Result,
    audit::{self, About, Event, Kind},
    ids::OrgId,
    redirects::{self, Target},
    slug,
    users::Person,
    version::{Edited, Version},
};

pub use name::OrgName;

/// The longest name, in characters: a longer one might not fit into its index.
pub const NAME_LIMIT: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Org {
    pub id: OrgId,
    pub name: String,
    pub slug: String,
    /// Path of the logo below the media folder.
    pub logo_file: Option<String>,
}

impl Org {
    pub fn url(&self) -> String {
        url(&self.slug)
    }

    /// Of what the form for editing shows.
    pub fn version(&self) -> Version {
        #[derive(Serialize)]
        struct Shown<'a>(&'a str, &'a str, Option<&'a str>);
        Version::of(&Shown(&self.name, &self.slug, self.logo_file.as_deref()))
    }

    fn from_row(row: &Row) -> Result<Org> {
        Ok(Org {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            slug: row.try_get("slug")?,
            logo_file: row.try_get("logo_file")?,
        })
    }
}

fn url(slug: &str) -> String {
    format!("/orgs/{slug}/")
}

/// Why an organisation was not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    NameTaken,
    SlugTaken,
    /// What is wrong with the slug that was typed, or that the name gives.
    Slug(String),
}

impl Refusal {
    /// None when the statement failed for another reason.
    fn of(error: &Error) -> Option<Refusal> {
        match error.constraint() {
            Some("jobserver_org_name_key") => Some(Refusal::NameTaken),
            Some("jobserver_org_slug_key") => Some(Refusal::SlugTaken),
            _ => None,
        }
    }
}

/// What came of saving, unless it was refused.
pub type Saving<T> = std::result::Result<T, Refusal>;

/// The organisation with exactly this slug.
pub async fn find(db: &impl GenericClient, slug: &str) -> Result<Option<Org>> {
    let statement = db
        .prepare_cached(
            "SELECT id, name, slug, nullif(logo_file, '') AS logo_file
             FROM jobserver_org
             WHERE slug = $1",
        )
        .await?;
    let row = db.query_opt(&statement, &[&slug]).await?;
    row.as_ref().map(Org::from_row).transpose()
}

/// Makes an organisation whose address is made from its name, and whose repositories are those of the GitHub organisation
/// `opensafely`.
pub async fn create(db: &mut Object, name: &str, by: &Person) -> Result<Saving<Org>> {
    let slug = slug::slugify(name);
    if let Err(problem) = slug::check(slug::Kind::Org, &slug) {
        return Ok(Err(Refusal::Slug(problem)));
    }
    let tx = db.transaction().await?;
    let statement = tx
        .prepare_cached(
            "INSERT INTO jobserver_org (name, slug, description, logo, github_orgs, created_at, created_by_id)
             VALUES ($1, $2, '', '', '{opensafely}', now(), $3)
             RETURNING id, name, slug, logo_file",
        )
        .await?;
    let org = match tx.query_one(&statement, &[&name, &slug, &by.id]).await {
        Ok(row) => Org::from_row(&row)?,
        Err(error) => return refused(error.into()),
    };
    redirects::taken(&tx, &org.url()).await?;
    audit::record(&tx, &[Event::new(Kind::OrgCreated, &by.username, About::org(org.id, &org.name))]).await?;
    tx.commit().await?;
    Ok(Ok(org))
}

fn refused<T>(error: Error) -> Result<Saving<T>> {
    match Refusal::of(&error) {
        Some(refusal) => Ok(Err(refusal)),
        None => Err(error),
    }
}

/// What an organisation is to be; its texts have been checked.
#[derive(Debug, Clone, Copy)]
pub struct NewContent<'a> {
    pub name: &'a str,
    pub slug: &'a str,
    /// None: the logo stays.
    pub logo_file: Option<&'a str>,
}

/// Saves what the form for editing sent. `version` is that of what the form was filled from; none replaces whatever is
/// there. With another slug, the old address leads to the new one.
///
/// # Errors
/// `Error::Invalid` when the organisation has gone meanwhile.
pub async fn edit(
    db: &mut Object,
    id: OrgId,
    version: Option<&str>,
    new: NewContent<'_>,
    by: &Person,
) -> Result<Saving<Edited<Org>>> {
    let tx = db.transaction().await?;
    let stored = locked(&tx, id).await?;
    let logo = new.logo_file.or(stored.logo_file.as_deref());
    let event = Event::new(Kind::OrgEdited, &by.username, About::org(id, new.name))
        .change("name", &stored.name, new.name)
        .change("slug", &stored.slug, new.slug)
        .change("logo", stored.logo_file.as_deref().unwrap_or_default(), logo.unwrap_or_default());
    if !event.has_changes() {
        return Ok(Ok(Edited::Unchanged));
    }
    if !stored.version().admits(version) {
        return Ok(Ok(Edited::Overtaken(stored)));
    }
    if new.slug != stored.slug
        && let Err(problem) = slug::check(slug::Kind::Org, new.slug)
    {
        return Ok(Err(Refusal::Slug(problem)));
    }
    let statement = tx
        .prepare_cached(
            "UPDATE jobserver_org
             SET name = $2, slug = $3, logo_file = $4
             WHERE id = $1",
        )
        .await?;
    if let Err(error) = tx.execute(&statement, &[&id, &new.name, &new.slug, &logo]).await {
        return refused(error.into());
    }
    redirects::moved(&tx, Target::Org(id), &stored.url(), &url(new.slug), by.id).await?;
    audit::record(&tx, &[event]).await?;
    tx.commit().await?;
    Ok(Ok(Edited::Saved))
}

async fn locked(tx: &impl GenericClient, id: OrgId) -> Result<Org> {
    let statement = tx
        .prepare_cached(
            "SELECT id, name, slug, nullif(logo_file, '') AS logo_file
             FROM jobserver_org
             WHERE id = $1
             FOR UPDATE",
        )
        .await?;
    match tx.query_opt(&statement, &[&id]).await? {
        Some(row) => Org::from_row(&row),
        None => Err(Error::Invalid("This organisation does not exist any more.".to_owned())),
    }
}
