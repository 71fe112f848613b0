//! A browser: keeps cookies, follows no redirect by itself, and sends forms as a page would.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reqwest::{Method, RequestBuilder};

use super::page::Page;

const TIME_LIMIT: Duration = Duration::from_secs(60);

/// A text as it stands in a query.
pub fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Clones share their cookies, as tabs do.
#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    base: String,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Browser {
    pub fn at(base: &str) -> Browser {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIME_LIMIT)
            .no_proxy()
            // All is plain http here, and reading the machine's certificates takes longer than most tests.
            .tls_certs_only(std::iter::empty())
            .build()
            .expect("a client");
        Browser { client, base: base.to_owned(), cookies: Arc::default() }
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies().get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies().insert(name.to_owned(), value.to_owned());
    }

    pub fn forget_cookie(&self, name: &str) {
        self.cookies().remove(name);
    }

    fn cookies(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request to change before it is sent; it carries the cookies.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<String> =
            self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let address = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let request = self.client.request(method, address);
        if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) }
    }

    /// Sends a request and keeps the cookies that come back.
    pub async fn send(&self, request: RequestBuilder) -> Page {
        self.try_send(request).await.unwrap_or_else(|error| panic!("no answer: {error:?}"))
    }

    pub async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Page> {
        let request = request.build()?;
        let described = format!("{} {}", request.method(), request.url());
        let page = Page::read(described, self.client.execute(request).await?).await;
        for header in &page.set_cookies {
            self.keep(header);
        }
        Ok(page)
    }

    fn keep(&self, header: &str) {
        let (pair, attributes) = header.split_once(';').unwrap_or((header, ""));
        let (name, value) = pair.split_once('=').expect("a cookie has a name and a value");
        let is_removal =
            attributes.split(';').any(|attribute| attribute.trim().eq_ignore_ascii_case("max-age=0"));
        if is_removal { self.forget_cookie(name) } else { self.set_cookie(name, value) }
    }

    pub async fn get(&self, path: &str) -> Page {
        self.send(self.request(Method::GET, path)).await
    }

    /// Posts fields as they are: no CSRF token is added.
    pub async fn post_bare(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send(self.request(Method::POST, path).form(fields)).await
    }

    /// Posts fields with a CSRF token, as a form on one of our pages does.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.csrf_token().await;
        let mut all = vec![("csrfmiddlewaretoken", token.as_str())];
        all.extend_from_slice(fields);
        self.post_bare(path, &all).await
    }

    /// Posts JSON with a CSRF token, as a script on one of our pages does.
    pub async fn post_json(&self, path: &str, body: &serde_json::Value) -> Page {
        let token = self.csrf_token().await;
        self.send(self.request(Method::POST, path).header("x-csrftoken", token).json(body)).await
    }

    /// The CSRF secret of this browser. If it has none, the page with the shortest form is fetched for one.
    pub async fn csrf_token(&self) -> String {
        if self.cookie("csrftoken").is_none() {
            self.get("/settings/").await;
        }
        // Somebody who is not signed in has no form to fetch; a browser may still hold a cookie from before.
        if self.cookie("csrftoken").is_none() {
            self.set_cookie("csrftoken", "anonymous0anonymous0anonymous012");
        }
        self.cookie("csrftoken").expect("a CSRF cookie")
    }

    /// Follows redirects of this site until something else comes.
    pub async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..10 {
            if !page.status.is_redirection() {
                return page;
            }
            let location = page.location().to_owned();
            let own = location.strip_prefix(&self.base).unwrap_or(&location).to_owned();
            assert!(own.starts_with('/'), "{} leads away, to {location}", page.request);
            page = self.get(&own).await;
        }
        panic!("{} leads round and round", page.request)
    }
}
