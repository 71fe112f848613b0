//! Which way mail goes, from the texts of the environment. The names of Django's classes are understood, so that an
//! existing environment keeps working.

use url::Url;

use crate::{Secret, http::BaseUrl};

#[derive(Debug, Clone)]
pub enum MailSettings {
    Console,
    /// `smtp://` or `smtps://`, with user name and password if the relay wants them.
    Smtp(Secret),
    Mailgun(MailgunSettings),
    None,
}

#[derive(Debug, Clone)]
pub struct MailgunSettings {
    pub api_url: Url,
    pub domain: String,
    pub api_key: Secret,
}

impl MailSettings {
    /// `backend` is `console`, `smtp`, `mailgun`, `none`, or the name of the Django class that does the same; the
    /// others are looked at only if it needs them. The error is a phrase that completes "EMAIL_BACKEND …".
    pub fn parse(
        backend: &str,
        smtp_url: Option<Secret>,
        mailgun_key: Option<Secret>,
        mailgun_url: &str,
        mailgun_domain: &str,
    ) -> Result<Self, String> {
        match backend {
            "console" | "django.core.mail.backends.console.EmailBackend" => Ok(MailSettings::Console),
            "smtp" | "django.core.mail.backends.smtp.EmailBackend" => smtp(smtp_url),
            "mailgun" | "anymail.backends.mailgun.EmailBackend" => {
                mailgun(mailgun_key, mailgun_url, mailgun_domain)
            }
            "none" | "django.core.mail.backends.dummy.EmailBackend" => Ok(MailSettings::None),
            _ => Err("must be console, smtp, mailgun or none, or the Django class of one of them".to_owned()),
        }
    }
}

fn smtp(url: Option<Secret>) -> Result<MailSettings, String> {
    let url = url.filter(|url| !url.is_empty()).ok_or("is smtp, for which SMTP_URL must be set")?;
    let parsed = Url::parse(url.expose()).ok();
    let is_right = |parsed: &Url| matches!(parsed.scheme(), "smtp" | "smtps") && parsed.has_host();
    if !parsed.as_ref().is_some_and(is_right) {
        return Err("is smtp, for which SMTP_URL must be smtp://HOST or smtps://HOST".to_owned());
    }
    Ok(MailSettings::Smtp(url))
}

fn mailgun(key: Option<Secret>, api_url: &str, domain: &str) -> Result<MailSettings, String> {
    let api_key =
        key.filter(|key| !key.is_empty()).ok_or("is mailgun, for which MAILGUN_API_KEY must be set")?;
    let api_url =
        Url::parse(api_url).map_err(|_| "is mailgun, for which MAILGUN_API_URL must be an absolute URL")?;
    BaseUrl::new("Mailgun", &api_url)
        .map_err(|error| format!("is mailgun, but {error} (MAILGUN_API_URL)"))?;
    let is_domain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    if domain.is_empty() || domain.starts_with('.') || !domain.bytes().all(is_domain) {
        return Err("is mailgun, for which MAILGUN_SENDER_DOMAIN must be a domain name".to_owned());
    }
    Ok(MailSettings::Mailgun(MailgunSettings { api_url, domain: domain.to_owned(), api_key }))
}
