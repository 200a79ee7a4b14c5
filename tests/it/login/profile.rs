//! `/profile`

use super::{PASSWORD, person};
use crate::support::browser::Browser;
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn name_zone_password_and_sessions() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        let (browser, other, third) = (Browser::new(app), Browser::new(app), Browser::new(app));
        for each in [&browser, &other, &third] {
            assert_eq!(each.sign_in("ann@example.com", PASSWORD).await.status, 303);
        }
        let saved = browser.post("/profile", &[("name", "Ann L."), ("time_zone", "Europe/Berlin")]).await;
        assert_eq!(saved.location, "/profile?done=saved");
        let wrong = browser.post("/profile", &[("name", ""), ("time_zone", "Mars/Base")]).await;
        assert!(wrong.status == 422 && wrong.html.contains("href=\"#time_zone\""), "{}", wrong.html);

        let page = browser.get("/profile").await.html;
        assert!(page.contains("<option value=\"Europe/Berlin\" selected>") && page.contains(">UTC</option>"), "{page}");
        assert!(!page.contains("Etc/GMT") && !page.contains("value=\"US/"), "no old names: {page}");
        assert!(
            page.contains("<optgroup label=\"Asia\">") && page.contains("value=\"Asia/Kolkata\">Kolkata<"),
            "{page}"
        );
        assert!(!page.contains("Asia/Calcutta") && page.find(">UTC<") < page.find("<optgroup"), "{page}");
        let old = browser.post("/profile", &[("name", "Ann L."), ("time_zone", "Asia/Calcutta")]).await;
        assert_eq!(old.location, "/profile?done=saved");
        let kept = browser.get("/profile").await.html;
        assert!(kept.contains("<option value=\"Asia/Calcutta\" selected>Asia/Calcutta</option>"), "{kept}");
        assert!(page.contains("Ann L.") && page.contains("127.0.0.1") && page.contains("This browser"));
        let ends: Vec<_> = page.split("action=\"/profile/sessions/").skip(1).collect();
        let ids: Vec<_> = ends.iter().filter_map(|rest| rest.split_once("/end\"")).map(|(id, _)| id).collect();
        assert_eq!(ids.len(), 2, "all but this one: {page}");
        let ended = browser.post(&format!("/profile/sessions/{}/end", ids[0]), &[]).await;
        assert_eq!(ended.location, "/profile?done=ended");
        let left = [other.get("/profile").await.status, third.get("/profile").await.status];
        assert!(left.contains(&303) && left.contains(&200), "{left:?}");

        let before = browser.cookie("gatehouse");
        let change = |current| [("current_password", current), ("password", "five more unrelated words")];
        assert_eq!(browser.post("/profile/password", &change("wrong")).await.status, 422);
        let same = [("current_password", PASSWORD), ("password", PASSWORD)];
        let same = browser.post("/profile/password", &same).await;
        assert!(same.status == 422 && same.html.contains("This is your present password"), "{}", same.html);
        let changed = browser.post("/profile/password", &change(PASSWORD)).await;
        assert_eq!(changed.location, "/profile?done=password");
        assert_ne!(browser.cookie("gatehouse"), before, "a new session");
        assert_eq!(browser.get("/profile").await.status, 200);
        assert_eq!([other.get("/profile").await.status, third.get("/profile").await.status], [303, 303]);
        let old = Browser::new(app);
        old.plant("gatehouse", &before);
        assert_eq!(old.get("/profile").await.status, 303, "the session from before is over");
    })
    .await;
}

#[tokio::test]
async fn nobody_ends_the_session_of_another() {
    on_each_engine(async |app: &TestApp| {
        person(app, "ann@example.com").await;
        person(app, "eve@example.com").await;
        let (ann, second, eve) = (Browser::new(app), Browser::new(app), Browser::new(app));
        ann.sign_in("ann@example.com", PASSWORD).await;
        second.sign_in("ann@example.com", PASSWORD).await;
        eve.sign_in("eve@example.com", PASSWORD).await;
        let page = second.get("/profile").await.html;
        let id =
            page.split_once("action=\"/profile/sessions/").expect("a form").1.split_once("/end").expect("an end").0;
        let answers = [
            eve.post(&format!("/profile/sessions/{id}/end"), &[]).await.location,
            eve.post("/profile/sessions/ses_00000000000000000000000000/end", &[]).await.location,
            eve.post("/profile/sessions/x/end", &[]).await.location,
        ];
        assert!(answers.iter().all(|location| location == "/profile?done=ended"), "{answers:?}");
        eve.post("/profile/sessions/end-others", &[]).await;
        assert_eq!([ann.get("/profile").await.status, second.get("/profile").await.status], [200, 200]);
        second.post("/profile/sessions/end-others", &[]).await;
        assert_eq!([ann.get("/profile").await.status, second.get("/profile").await.status], [303, 200]);
    })
    .await;
}
