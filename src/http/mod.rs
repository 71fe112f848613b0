//! Request machinery shared by all areas: who is asking, may they, what was sent, what is answered.

pub mod access;
pub mod assets;
pub mod cache;
pub mod client_address;
pub mod components;
pub mod content_disposition;
pub mod cookies;
pub mod csrf;
mod drawn;
pub mod error;
pub mod field_error;
pub mod file_response;
pub mod flash;
pub mod form;
pub mod headers;
mod markdown;
pub mod metrics;
pub mod multipart;
pub mod next_url;
pub mod observe;
pub mod page_links;
pub mod redirect;
pub mod render;
pub mod shell;
pub mod sign_in;
pub mod times;
pub mod visitor;
