//! A review from signing in to the last file, call by call, with what Airlock relies on in each answer.

use serde_json::{Value, json};

use super::{
    calls::{Answer, Calls, Verdict},
    files::File,
};
use crate::Result;

pub struct Review<'a> {
    pub user: &'a str,
    /// None: the user is authorised only.
    pub login_token: Option<&'a str>,
    pub checker: &'a str,
    pub workspace: &'a str,
    pub files: Vec<File>,
    /// ULID of the release request, and of the release.
    pub request: String,
}

impl Review<'_> {
    pub async fn play(&self, calls: &mut Calls) -> Result<()> {
        self.sign_in(calls).await?;
        let by_two = json!([
            {"update": "comment added", "group": "tables", "user": self.checker},
            {"update": "please round the counts in <b>table 1</b>", "user": self.checker},
        ]);
        self.event(calls, "request_submitted", self.user, Value::Null).await?;
        self.event(calls, "request_returned", self.checker, by_two).await?;
        self.event(calls, "request_resubmitted", self.user, Value::Null).await?;
        let page = self.create_release(calls).await?;
        let count = self.files.len();
        let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
        let announced = json!([{"update": format!("{files} will be uploaded")}]);
        self.event(calls, "request_approved", self.checker, announced).await?;
        self.upload(calls).await?;
        self.event(calls, "request_released", self.checker, Value::Null).await?;
        println!("\nThe release: {page}");
        Ok(())
    }

    async fn sign_in(&self, calls: &mut Calls) -> Result<()> {
        let may_release = |answer: &Answer| {
            self.is_level_4_user(answer, self.user)?;
            let workspaces = &answer.json["workspaces"];
            if workspaces[self.workspace]["project_details"]["name"].is_string() {
                Ok(())
            } else {
                Err(format!("{} is not among the workspaces of {}", self.workspace, self.user))
            }
        };
        if let Some(token) = self.login_token {
            let body = json!({"user": self.user, "token": token});
            calls
                .post(
                    "The researcher signs in to Airlock.",
                    "/releases/authenticate",
                    None,
                    &body,
                    may_release,
                )
                .await?;
        }
        let body = json!({"user": self.user});
        let what = "A quarter of an hour later, are they still welcome?";
        calls.post(what, "/releases/authorise", None, &body, may_release).await?;
        let body = json!({"user": self.checker});
        let checks = |answer: &Answer| {
            self.is_level_4_user(answer, self.checker)?;
            if answer.json["output_checker"] == true {
                Ok(())
            } else {
                Err("they must be an output checker".to_owned())
            }
        };
        calls.post("The output checker is here as well.", "/releases/authorise", None, &body, checks).await?;
        Ok(())
    }

    /// All members that Airlock reads are there.
    fn is_level_4_user(&self, answer: &Answer, username: &str) -> Verdict {
        answer.must_be(200)?;
        let members = ["fullname", "workspaces", "copiloted_workspaces", "output_checker", "readonly_access"];
        if let Some(missing) = members.into_iter().find(|member| answer.json[member].is_null()) {
            return Err(format!("it lacks {missing}"));
        }
        if answer.json["username"] == username { Ok(()) } else { Err(format!("it must be about {username}")) }
    }

    async fn event(&self, calls: &mut Calls, kind: &str, by: &str, updates: Value) -> Result<()> {
        let body = json!({
            "event_type": kind,
            "workspace": self.workspace,
            "request": self.request,
            "request_author": self.user,
            "user": by,
            "updates": updates,
        });
        let is_ok = |answer: &Answer| {
            answer.must_be(201)?;
            if answer.json["status"] == "ok" { Ok(()) } else { Err("its status must be ok".to_owned()) }
        };
        let what = format!("{by}: {}.", kind.replace('_', " "));
        calls.post(&what, "/airlock/events/", Some(by), &body, is_ok).await?;
        Ok(())
    }

    /// Twice, as after an attempt that broke off. Returns the address of the release's page.
    async fn create_release(&self, calls: &mut Calls) -> Result<String> {
        let metadata = json!({"tool": "airlock", "airlock_id": self.request});
        let files: Vec<Value> = self.files.iter().map(|file| file.announced(&self.request)).collect();
        let body = json!({"files": files, "metadata": metadata, "review": null});
        let path = format!("/releases/workspace/{}", self.workspace);
        let is_ours = |answer: &Answer| {
            answer.must_be(201)?;
            let id = Some(self.request.as_str());
            match answer.header("Release-Id") == id && answer.json["release_id"].as_str() == id {
                true => Ok(()),
                false => Err(format!("Release-Id and release_id must be {}", self.request)),
            }
        };
        let what = "The output checker releases the files: first their names and hashes.";
        calls.post(what, &path, Some(self.checker), &body, is_ours).await?;
        let what = "The same again: the first answer might have been lost.";
        let again = calls.post(what, &path, Some(self.checker), &body, is_ours).await?;
        Ok(again.json["release_url"].as_str().unwrap_or_default().to_owned())
    }

    /// Every file, and the first once more.
    async fn upload(&self, calls: &mut Calls) -> Result<()> {
        let path = format!("/releases/release/{}", self.request);
        for file in &self.files {
            let is_there = |answer: &Answer| {
                answer.must_be(201)?;
                answer.header("File-Id").map(drop).ok_or_else(|| "it lacks a File-Id".to_owned())
            };
            calls.upload("A file follows.", &path, self.checker, file, is_there).await?;
        }
        let Some(first) = self.files.first() else { return Ok(()) };
        let was_there = |answer: &Answer| {
            answer.must_be(400)?;
            let text = format!("This version of '{}' has already been uploaded", first.name);
            match answer.json["detail"].as_str() {
                Some(detail) if detail.contains(&text) => Ok(()),
                _ => Err(format!("its detail must say: {text}")),
            }
        };
        calls
            .upload(
                "The first file again: its answer might have been lost.",
                &path,
                self.checker,
                first,
                was_there,
            )
            .await?;
        Ok(())
    }
}
