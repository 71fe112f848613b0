//! Who can see the repositories of a dashboard, as far as GitHub says: a list for each owner, and a word about those whose
//! list is missing or old.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::repos;
use serde::Serialize;

use crate::{
    app::App,
    code::{self, Known, Listing},
    http::{error::Error, times::Moment},
    staff::repos::Visibility,
};

/// What is known of repositories, by owner in lower case.
pub struct Visibilities {
    listings: BTreeMap<String, Option<Arc<Listing>>>,
    pub troubles: Vec<Trouble>,
}

/// GitHub does not say what it should about one owner's repositories.
#[derive(Debug, Serialize)]
pub struct Trouble {
    owner: String,
    reason: String,
    /// When it last did.
    as_of: Option<Moment>,
}

impl Trouble {
    pub fn of(known: &Known) -> Option<Trouble> {
        Some(Trouble {
            owner: known.org.clone(),
            reason: known.trouble.clone()?,
            as_of: known.listing.as_ref().map(|listing| Moment::date_and_time(listing.at)),
        })
    }
}

impl Visibilities {
    /// Asks GitHub about the owners of these addresses.
    pub async fn ask<'a>(
        app: &App,
        urls: impl IntoIterator<Item = &'a String>,
    ) -> Result<Visibilities, Error> {
        let keys = urls.into_iter().map(|url| repos::key(url));
        let owners: BTreeSet<String> = keys.filter_map(|key| owner(&key).map(str::to_owned)).collect();
        let known = code::listings(app, owners).await?;
        let troubles = known.iter().filter_map(Trouble::of).collect();
        let listings = known.into_iter().map(|known| (known.org, known.listing)).collect();
        Ok(Visibilities { listings, troubles })
    }

    pub fn of(&self, url: &str) -> Visibility {
        let key = repos::key(url);
        let listing = owner(&key).and_then(|owner| self.listings.get(owner)?.as_ref());
        match listing.map(|listing| listing.find(&key)) {
            Some(Some(listed)) => Visibility::of(listed.is_private),
            Some(None) => Visibility::MISSING,
            None => Visibility::UNKNOWN,
        }
    }
}

/// The owner of a repository at GitHub, from its key.
fn owner(key: &str) -> Option<&str> {
    let path = key.strip_prefix("https://github.com/").or_else(|| key.strip_prefix("http://github.com/"))?;
    path.split_once('/').map(|(owner, _)| owner).filter(|owner| !owner.is_empty())
}

#[cfg(test)]
mod tests {
    use super::owner;

    #[test]
    fn only_repositories_at_github_have_an_owner_there() {
        assert_eq!(owner("https://github.com/opensafely/asthma"), Some("opensafely"));
        for key in ["https://example.org/opensafely/asthma", "https://github.com/opensafely", "asthma", ""] {
            assert_eq!(owner(key), None, "{key}");
        }
    }
}
