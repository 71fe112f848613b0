//! Editing an organisation: its name, its address, which moves, and its logo, which is a file.

use std::path::{Path, PathBuf};

use crate::{
    harness::{Browser, Page, TestApp, a, finn},
    staff_orgs::events,
};

const EDIT: &str = "/staff/orgs/bennett/edit/";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot really a picture, but it begins like one";

struct Scene {
    app: TestApp,
    browser: Browser,
    media: PathBuf,
}

/// The organisation Bennett, on a server with a media folder of its own.
async fn scene(test: &str) -> Scene {
    let media = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media").join(test);
    if media.is_dir() {
        std::fs::remove_dir_all(&media).expect("no folder");
    } else if media.exists() {
        std::fs::remove_file(&media).expect("nothing in the way");
    }
    let app = TestApp::builder().env("MEDIA_STORAGE", &media.to_string_lossy()).start().await;
    a::org(&app.db, "Bennett").await;
    Scene { browser: finn(&app).await, app, media }
}

impl Scene {
    /// Sends the form as a browser does, with a file if there is one.
    async fn send(&self, path: &str, fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Page {
        let token = self.browser.csrf_token().await;
        self.send_with(&token, path, fields, file).await
    }

    async fn send_with(
        &self,
        token: &str,
        path: &str,
        fields: &[(&str, &str)],
        file: Option<(&str, &[u8])>,
    ) -> Page {
        let mut body = Vec::new();
        let token = [("csrfmiddlewaretoken", token)];
        for (name, value) in token.iter().chain(fields) {
            let part =
                format!("--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let (filename, content) = file.unwrap_or_default();
        let head = format!(
            "--b0undary\r\nContent-Disposition: form-data; name=\"logo_file\"; filename=\"{filename}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--b0undary--\r\n");
        let request = self.browser.request(reqwest::Method::POST, path);
        let request = request.header("content-type", "multipart/form-data; boundary=b0undary").body(body);
        self.browser.send(request).await
    }

    async fn logo(&self) -> Option<String> {
        self.app.db.value("SELECT logo_file FROM jobserver_org", &[]).await
    }

    fn files(&self) -> Vec<String> {
        let folder = std::fs::read_dir(self.media.join("org_logos"));
        folder
            .map(|entries| {
                entries
                    .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
                    .collect()
            })
            .unwrap_or_default()
    }

    async fn redirects(&self) -> Vec<String> {
        self.app.db.values("SELECT old_url FROM redirects_redirect ORDER BY id", &[]).await
    }
}

#[tokio::test]
async fn weakness_12_an_organisation_without_a_logo_can_be_edited() {
    let scene = scene("no_logo").await;
    let page = scene.browser.get(EDIT).await.expect(200);
    assert_eq!(page.title(), "Edit organisation: Bennett: Staff Area | OpenSAFELY Jobs");
    page.contains("enctype=\"multipart/form-data\"");
    let version = page.field("version");
    let fields = [("version", version.as_str()), ("name", "Bennett “Institute” é"), ("slug", "bennett")];
    scene.send(EDIT, &fields, None).await.expect_redirect(302, "/staff/orgs/bennett/");
    scene.browser.get("/staff/orgs/bennett/").await.shows("Bennett “Institute” é was saved.");
    assert_eq!(scene.logo().await, None);
    assert_eq!(
        events(&scene.app).await,
        ["org_edited finn Bennett “Institute” é name:Bennett>Bennett “Institute” é"]
    );
    scene.send(EDIT, &[("name", "Bennett “Institute” é"), ("slug", "bennett")], None).await.expect(302);
    scene.browser.get("/staff/orgs/bennett/").await.shows("Nothing was changed.");
    assert_eq!(events(&scene.app).await.len(), 1);
}

#[tokio::test]
async fn a_form_without_a_file_may_come_in_the_usual_encoding() {
    let scene = scene("urlencoded").await;
    scene.browser.post_form(EDIT, &[("name", "Other"), ("slug", "bennett")]).await.expect(302);
    let name: String = scene.app.db.value("SELECT name FROM jobserver_org", &[]).await;
    assert_eq!(name, "Other");
}

#[tokio::test]
async fn a_logo_is_stored_and_shown() {
    let scene = scene("logo").await;
    let fields = [("name", "Bennett"), ("slug", "bennett")];
    scene.send(EDIT, &fields, Some(("../../etc/é \"1\".exe", PNG))).await.expect(302);
    let logo = scene.logo().await.expect("a logo");
    assert!(logo.starts_with("org_logos/bennett-") && logo.ends_with(".png"), "{logo}");
    assert_eq!(std::fs::read(scene.media.join(&logo)).expect("a file"), PNG);
    let address = format!("/uploads/{logo}");
    for path in [EDIT, "/staff/orgs/bennett/"] {
        scene.browser.get(path).await.contains(&format!("src=\"{address}\""));
    }
    let served = scene.browser.get(&address).await.expect(200);
    assert_eq!(served.header("content-type"), Some("image/png"));

    let svg =
        b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    scene.send(EDIT, &fields, Some(("logo.svg", svg))).await.expect(302);
    let second = scene.logo().await.expect("a logo");
    assert_ne!(second, logo);
    let served = scene.browser.get(&format!("/uploads/{second}")).await.expect(200);
    assert!(served.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox")));
    scene.send(EDIT, &fields, None).await.expect(302);
    assert_eq!(scene.logo().await, Some(second), "without a file the logo stays");
}

#[tokio::test]
async fn weakness_28_files_that_are_no_logos_are_refused_and_said_to_be() {
    let scene = scene("refused").await;
    let fields = [("name", "Bennett"), ("slug", "bennett")];
    let too_large = [PNG, &vec![0; 1_048_576]].concat();
    for (name, content, problem) in [
        (
            "logo.png",
            &b"<html><script>alert(1)</script></html>"[..],
            "This is not a picture that can be shown.",
        ),
        ("logo.png", b"", "This file is empty."),
        ("logo.png", &too_large, "This file is too large. A logo can have 1 MiB at most."),
    ] {
        let page = scene.send(EDIT, &fields, Some((name, content))).await.expect(200);
        page.shows(problem);
    }
    let page =
        scene.send(EDIT, &[("name", ""), ("slug", "bennett")], Some(("logo.png", PNG))).await.expect(200);
    page.shows("This field is required.").shows("Choose the logo again");
    assert_eq!(scene.logo().await, None);
    assert_eq!(scene.files(), Vec::<String>::new());
    let largest = [PNG, &vec![0; 1_048_576 - PNG.len()]].concat();
    scene.send(EDIT, &fields, Some(("logo.png", &largest))).await.expect(302);
}

#[tokio::test]
async fn a_logo_is_not_kept_when_the_rest_is_refused() {
    let scene = scene("not_kept").await;
    a::org(&scene.app.db, "taken").await;
    let page =
        scene.send(EDIT, &[("name", "Bennett"), ("slug", "taken")], Some(("a.png", PNG))).await.expect(200);
    page.shows("Organisation with this Slug already exists.").shows("Choose the logo again");
    assert_eq!(scene.files(), Vec::<String>::new());
}

#[tokio::test]
async fn a_media_folder_that_takes_no_files_is_said() {
    let scene = scene("no_folder").await;
    std::fs::create_dir_all(scene.media.parent().expect("a folder")).expect("a folder");
    std::fs::write(&scene.media, "in the way").expect("a file");
    let page =
        scene.send(EDIT, &[("name", "Other"), ("slug", "bennett")], Some(("a.png", PNG))).await.expect(200);
    std::fs::remove_file(&scene.media).expect("it was there");
    page.shows("The logo could not be stored.");
    let name: String = scene.app.db.value("SELECT name FROM jobserver_org", &[]).await;
    assert_eq!(name, "Bennett");
}

#[tokio::test]
async fn forms_with_files_need_their_token_and_have_limits() {
    let scene = scene("limits").await;
    let fields = [("name", "Other"), ("slug", "bennett")];
    scene.browser.csrf_token().await;
    scene.send_with("wrong", EDIT, &fields, None).await.expect(400).shows("CSRF");
    let many: Vec<(&str, &str)> = vec![("a", "b"); 4_001];
    scene.send(EDIT, &many, None).await.expect(413);
    let text = "x".repeat(2_700_000);
    scene.send(EDIT, &[("name", &text)], None).await.expect(400);
    let request = scene.browser.request(reqwest::Method::POST, EDIT);
    let broken = request
        .header("content-type", "multipart/form-data; boundary=b0undary")
        .body("--b0undary\r\nrubbish");
    scene.browser.send(broken).await.expect(400);
    let request = scene.browser.request(reqwest::Method::POST, EDIT);
    let unbounded = request.header("content-type", "multipart/form-data").body("");
    scene.browser.send(unbounded).await.expect(400);
    let name: String = scene.app.db.value("SELECT name FROM jobserver_org", &[]).await;
    assert_eq!(name, "Bennett");
}

#[tokio::test]
async fn weakness_01_the_old_address_is_remembered_when_the_slug_changes() {
    let scene = scene("slug").await;
    let moved = scene.send(EDIT, &[("name", "Bennett"), ("slug", "Bennett_2")], None).await;
    moved.expect_redirect(302, "/staff/orgs/Bennett_2/");
    assert_eq!(scene.redirects().await, ["/orgs/bennett/"]);
    scene.app.get("/orgs/bennett/").await.expect_redirect(301, "/orgs/Bennett_2/");
    let page = scene.browser.get("/staff/orgs/Bennett_2/").await.expect(200);
    page.shows("/orgs/bennett/");
    let id: i32 = scene.app.db.value("SELECT id FROM redirects_redirect", &[]).await;
    assert!(page.links_to(&format!("/staff/redirects/{id}/")));
    let stored: bool = scene
        .app
        .db
        .value(
            "SELECT created_by_id = (SELECT id FROM jobserver_user WHERE username = 'finn')
                AND expires_at BETWEEN now() + interval '364 days' AND now() + interval '366 days'
             FROM redirects_redirect",
            &[],
        )
        .await;
    assert!(stored);
    assert_eq!(events(&scene.app).await, ["org_edited finn Bennett slug:bennett>Bennett_2"]);
}

#[tokio::test]
async fn weakness_02_taking_an_address_back_leaves_no_loop() {
    let scene = scene("back").await;
    scene.send(EDIT, &[("name", "Bennett"), ("slug", "b")], None).await.expect(302);
    scene.send("/staff/orgs/b/edit/", &[("name", "Bennett"), ("slug", "bennett")], None).await.expect(302);
    assert_eq!(scene.redirects().await, ["/orgs/b/"]);
    scene.app.get("/orgs/b/").await.expect_redirect(301, "/orgs/bennett/");
    scene.app.get("/orgs/bennett/").await.expect(404);
    scene.browser.post_form("/staff/orgs/add/", &[("name", "B")]).await.expect(302);
    assert_eq!(scene.redirects().await, Vec::<String>::new(), "the address has a new owner");
}

#[tokio::test]
async fn weakness_19_slugs_are_checked_when_they_change() {
    let scene = scene("slugs").await;
    a::org(&scene.app.db, "taken").await;
    let long = "x".repeat(256);
    for (name, slug, problem) in [
        ("Bennett", "", "This field is required."),
        ("Bennett", "add", "“add”, is one of this site's own"),
        ("Bennett", "taken", "Organisation with this Slug already exists."),
        ("taken", "bennett", "Organisation with this Name already exists."),
        ("Bennett", "a b", "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."),
        ("Bennett", "é", "Enter a valid “slug”"),
        ("Bennett", &long, "Ensure this value has at most 255 characters (it has 256)."),
        ("Benn\0ett", "bennett", "Null characters are not allowed."),
    ] {
        let page = scene.send(EDIT, &[("name", name), ("slug", slug)], None).await.expect(200);
        page.shows(problem);
        assert_eq!(page.field("slug"), slug);
    }
    scene.send(EDIT, &[("name", "Bennett"), ("slug", &long[..255])], None).await.expect(302);
    scene.browser.get(&format!("/staff/orgs/{}/", &long[..255])).await.expect(200);
    scene.browser.get("/staff/orgs/none/edit/").await.expect(404);
}

#[tokio::test]
async fn two_people_do_not_overwrite_each_other_unseen() {
    let scene = scene("two").await;
    let version = scene.browser.get(EDIT).await.field("version");
    scene.send(EDIT, &[("name", "Theirs"), ("slug", "bennett")], None).await.expect(302);
    // A form with a mistake stays at the version at which it was opened.
    let mistaken = [("version", version.as_str()), ("name", ""), ("slug", "bennett")];
    assert_eq!(scene.send(EDIT, &mistaken, None).await.expect(200).field("version"), version);
    let mine = [("version", version.as_str()), ("name", "Mine"), ("slug", "bennett")];
    let page = scene.send(EDIT, &mine, Some(("a.png", PNG))).await.expect(200);
    page.shows("Somebody saved “Theirs” here meanwhile. Save again to replace it.");
    assert_eq!(page.field("name"), "Mine");
    assert_eq!(scene.files(), Vec::<String>::new());
    let version = page.field("version");
    let again = [("version", version.as_str()), ("name", "Mine"), ("slug", "bennett")];
    scene.send(EDIT, &again, Some(("a.png", PNG))).await.expect(302);
    let name: String = scene.app.db.value("SELECT name FROM jobserver_org", &[]).await;
    assert_eq!(name, "Mine");
}
