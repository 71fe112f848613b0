//! Repositories at GitHub that workspaces are made of. What GitHub says of them is not known here.

pub mod sign_off;

/// By what two addresses are recognised as the same repository: GitHub tells no cases apart, and takes an address with
/// and without a slash or `.git` at its end.
pub fn key(url: &str) -> String {
    let url = url.trim().trim_end_matches('/').to_lowercase();
    url.strip_suffix(".git").unwrap_or(&url).trim_end_matches('/').to_owned()
}

/// [`key`] as an expression of SQL.
macro_rules! repo_key {
    ($column:literal) => {
        concat!("lower(regexp_replace(btrim(", $column, r"), '/*(\.git)?/*$', '', 'i'))")
    };
}
pub(crate) use repo_key;

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn one_repository_has_one_key() {
        let same = ["/o/r", "/O/R", "/o/r/", "/o/r.git", "/o/r.git/", "/o/r.GIT"];
        for path in same {
            assert_eq!(key(&format!("https://github.com{path}")), "https://github.com/o/r", "{path}");
        }
        assert_ne!(key("https://github.com/o/r.github"), key("https://github.com/o/r"));
        assert_eq!(key("not an address"), "not an address");
    }
}
