//! Each client against a scripted peer: what it sends, and what it makes of every kind of answer.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod github;
mod github_issues;
mod github_organisation;
mod mail;
mod mail_trouble;
mod oauth;
mod opencodelists;
mod rap;
mod rap_status;
mod secrets;
mod slack;
mod storage;
mod support;
