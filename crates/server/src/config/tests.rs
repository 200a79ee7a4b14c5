use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

const OLD: &str = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn with_file(text: &str) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gatehouse.toml");
    std::fs::write(&file, text).expect("written");
    (folder, Sources { file: Some(file), ..Sources::default() })
}

fn problems(sources: &Sources) -> Vec<String> {
    load(sources).expect_err("must be refused").problems
}

#[test]
fn nothing_given_is_a_configuration() {
    let config = load(&Sources::default()).expect("loads");
    assert_eq!(config.addresses, None);
    assert_eq!(config.outbound_allow, [], "not even loopback");
    assert_eq!(config.listen, ["127.0.0.1:8080".parse().expect("an address")]);
    assert_eq!(config.database_url.expose(), "sqlite:gatehouse-data/gatehouse.db");
}

#[test]
fn later_layers_win() {
    let (_folder, mut sources) = with_file("secret_prefix = \"file\"\nlisten = [\"127.0.0.1:1\"]\ndrain_seconds = 3");
    sources.environment = vec![("GATEHOUSE_SECRET_PREFIX".into(), "env".into()), ("PATH".into(), "/bin".into())];
    // From a `dev.env` that the shell has read.
    sources.environment.push(("GATEHOUSE_URL".into(), "http://localhost:8080".into()));
    sources.environment.push(("GATEHOUSE_LISTEN".into(), "127.0.0.1:2, [::1]:2".into()));
    sources.flags = vec![("secret_prefix".into(), "flag".into())];
    let config = load(&sources).expect("loads");
    assert_eq!(config.secret_prefix, "flag");
    assert_eq!(config.listen.len(), 2);
    assert_eq!(config.drain_seconds, 3);
}

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    let (_folder, mut sources) = with_file("portl_url = \"https://a.example\"\nzzz = 1");
    sources.environment = vec![("GATEHOUSE_DATABASE_URI".into(), "x".into())];
    let found = problems(&sources);
    assert!(found[0].ends_with("unknown key `portl_url`; did you mean `portal_url`?"), "{found:?}");
    assert!(found[1].contains("`zzz`; `gatehouse config keys`"), "{found:?}");
    assert!(found[2].ends_with("did you mean GATEHOUSE_DATABASE_URL?"), "{found:?}");
}

#[test]
fn all_mistakes_are_shown_at_once() {
    let (_folder, sources) = with_file(
        "portal_url = \"http://example.com\"\nlisten = [\"8080\"]\ntime_zone = \"Mars/Olympus\"\n\
         working_hours = \"17:00-09:00\"\nholidays = [\"25.12.2026\"]\nmax_connections = 0\nlog_format = \"xml\"\n\
         database_url = \"mysql://x\"\nsecret_prefix = \"A B\"\ndrain_seconds = \"5\"",
    );
    assert_eq!(problems(&sources).len(), 10);
}

#[test]
fn secrets_come_from_files_and_are_masked() {
    let (folder, mut sources) =
        with_file("key_encryption_keys_file = \"keys\"\ndatabase_url = \"postgres://me:hunter2@db/x?sslpassword=p\"");
    std::fs::write(folder.path().join("keys"), format!("# first encrypts\n{KEY}\n\n{OLD}\n")).expect("written");
    let config = load(&sources).expect("loads");
    assert_eq!(config.key_encryption_keys.len(), 2);
    let shown = masked(&config);
    assert!(shown.contains("[\"********\", \"********\"]"), "{shown}");
    assert!(!shown.contains("hunter2") && !shown.contains(KEY) && !shown.contains("sslpassword=p"), "{shown}");
    assert!(!format!("{config:?}").contains("hunter2"));
    sources.environment =
        vec![("GATEHOUSE_DATABASE_URL".into(), "sqlite:a".into()), ("GATEHOUSE_DATABASE_URL_FILE".into(), "b".into())];
    assert!(problems(&sources)[0].contains("keep one"));
}

#[test]
fn a_bad_key_is_not_repeated() {
    for text in ["AAAA", "nocolon!", "AAAA,AAAA"] {
        let sources =
            Sources { environment: vec![("GATEHOUSE_KEY_ENCRYPTION_KEYS".into(), text.into())], ..Sources::default() };
        let found = problems(&sources);
        assert!(!found[0].contains("AAAA") && !found[0].contains("nocolon"), "{found:?}");
    }
}

#[test]
fn base_addresses_end_after_the_host() {
    for good in
        ["https://a.example", "https://a.example/", "http://localhost:8080", "http://[::1]:1", "http://127.9.9.9"]
    {
        assert_eq!(BaseUrl::parse(good).map(|url| url.to_string()), Ok(good.trim_end_matches('/').to_owned()));
    }
    for bad in [
        "a.example",
        "http://a.example",
        "https://u:p@a.example",
        "https://a.example/x",
        "https://a.example?x",
        "ftp://a",
    ] {
        assert!(BaseUrl::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn networks_are_some_and_not_everybody() {
    for key in ["trusted_proxies", "outbound_allow"] {
        let (_folder, sources) = with_file(&format!("{key} = [\"127.0.0.1\", \"10.0.0.0/8\"]"));
        let config = load(&sources).expect("loads");
        assert_eq!(config.trusted_proxies.len() + config.outbound_allow.len(), 2);
        assert!(masked(&config).contains(&format!("{key} = [\"127.0.0.1/32\", \"10.0.0.0/8\"]")));
        let (_folder, sources) = with_file(&format!("{key} = [\"0.0.0.0/0\", \"proxy.internal\", \"10.0.0.0/8\"]"));
        assert_eq!(problems(&sources).len(), 2);
    }
}

#[test]
fn mail_settings_that_make_no_sense_are_refused() {
    let all = "smtp_url = \"smtp://me@mail.example\"\nsmtp_password = \"hunter2\"\nsmtp_ca_file = \"ca.pem\"\n\
               mail_from = \"APIs <no-reply@a.example>\"\nmail_reply_to = \"help@a.example\"\n";
    let (_folder, sources) = with_file(all);
    let config = load(&sources).expect("loads");
    assert!(config.mail.smtp.as_ref().is_some_and(|smtp| smtp.login.is_some() && smtp.ca_file.is_some()));
    assert!(!masked(&config).contains("hunter2") && !format!("{config:?}").contains("hunter2"));
    for wrong in [
        "smtp_url = \"smtp://me@mail.example\"",
        "smtp_password = \"x\"",
        "smtp_ca_file = \"x\"",
        "smtp_url = \"smtp://mail.example\"\nmail_folder = \"x\"",
        "smtp_url = \"mail.example\"",
        "mail_from = \"nobody\"",
        "mail_reply_to = \"a@b.example\\r\\nBcc: c@d.example\"",
    ] {
        let (_folder, sources) = with_file(wrong);
        assert_eq!(problems(&sources).len(), 1, "{wrong}");
    }
}

#[test]
fn what_is_printed_loads_again() {
    let (_folder, sources) =
        with_file("data_folder = \"/srv/g\"\nportal_url = \"https://a.example\"\nholidays = [\"2026-12-25\"]");
    let first = masked(&load(&sources).expect("loads"));
    let (_second_folder, sources) = with_file(&first);
    assert_eq!(masked(&load(&sources).expect("loads again")), first);
    let (_folder, sources) =
        with_file("data_folder = \"/srv/g\"\nsmtp_url = \"smtps://a%40b@[::1]\"\nsmtp_password = \"p\"");
    let first = masked(&load(&sources).expect("loads"));
    let (_second_folder, sources) = with_file(&first);
    assert_eq!(masked(&load(&sources).expect("loads again")), first);
}

#[test]
fn the_reference_names_every_key() {
    let page = reference_page();
    for key in keys::KEYS {
        assert!(page.contains(&format!("\n## `{}`\n", key.name)));
    }
}
