//! Host names as a reviewer compares them: which belong to one owner, which only look alike, which are anybody's.
//!
//! Who owns a name is decided without a list of all public suffixes: the last two labels, three where the last two are
//! a registry's (`co.uk`) or a host of many (`github.io`). A mistake costs a reviewer a look and lets nothing through.

use url::{Host, Url};

/// Second labels below which registries of countries sell names.
const REGISTRY_LABELS: [&str; 12] = ["ac", "co", "com", "edu", "go", "gob", "gov", "mil", "ne", "net", "or", "org"];

/// Names below which anybody can have one.
const SHARED_HOSTS: [&str; 22] = [
    "appspot.com",
    "azurewebsites.net",
    "cloudfront.net",
    "firebaseapp.com",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "glitch.me",
    "herokuapp.com",
    "netlify.app",
    "ngrok-free.app",
    "ngrok.io",
    "onrender.com",
    "pages.dev",
    "railway.app",
    "repl.co",
    "surge.sh",
    "trycloudflare.com",
    "vercel.app",
    "web.app",
    "windows.net",
    "workers.dev",
];

/// Where everybody can have an address, so that it says nothing about an organization.
const FREE_MAIL: [&str; 32] = [
    "126.com",
    "163.com",
    "aol.com",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.com",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "mailinator.com",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "pm.me",
    "posteo.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "t-online.de",
    "web.de",
    "yahoo.com",
    "yandex.ru",
];

/// The host of a web address, in lower case and ASCII form; `None` for anything else, an IP literal too.
pub fn host_of(address: &str) -> Option<String> {
    match Url::parse(address).ok()?.host()? {
        Host::Domain(name) => Some(name.trim_end_matches('.').to_ascii_lowercase()),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

/// The part of a host name that somebody owns: `example.co.uk` of `www.app.example.co.uk`.
pub fn site_of(host: &str) -> &str {
    let last = |count: usize| {
        let dots: Vec<usize> = host.rmatch_indices('.').map(|(at, _)| at).collect();
        dots.get(count - 1).map_or(host, |at| &host[at + 1..])
    };
    let two = last(2);
    let of_registry = two
        .split_once('.')
        .is_some_and(|(label, country)| country.len() == 2 && REGISTRY_LABELS.binary_search(&label).is_ok());
    if of_registry || SHARED_HOSTS.binary_search(&two).is_ok() { last(3) } else { two }
}

/// Whether two host names have the same owner.
pub fn same_site(one: &str, other: &str) -> bool {
    site_of(one) == site_of(other)
}

/// Whether addresses at this host are given to everybody.
pub fn is_free_mail(host: &str) -> bool {
    let known = |host: &str| FREE_MAIL.binary_search(&host).is_ok();
    // `yahoo.fr`, `hotmail.co.uk`, `live.nl`
    let label = site_of(host).split('.').next().unwrap_or_default();
    known(host) || known(site_of(host)) || ["hotmail", "outlook", "yahoo", "yandex"].contains(&label)
}

/// What the host of somebody's e-mail address says about who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailStanding {
    /// It is the homepage's domain.
    Homepage,
    /// It is another domain.
    Elsewhere,
    /// Everybody can have an address there.
    Free,
    /// There is no homepage to compare it with.
    Unknown,
}

/// Compares the host of an e-mail address with the hosts of homepages.
pub fn mail_standing(host: &str, homepages: &[String]) -> MailStanding {
    if homepages.iter().any(|homepage| same_site(homepage, host)) {
        MailStanding::Homepage
    } else if is_free_mail(host) {
        MailStanding::Free
    } else if homepages.is_empty() {
        MailStanding::Unknown
    } else {
        MailStanding::Elsewhere
    }
}

/// How a host name with `xn--` labels is shown by programs that decode it; `None` for one without.
pub(super) fn in_letters(host: &str) -> Option<String> {
    if !host.split('.').any(|label| label.starts_with("xn--")) {
        return None;
    }
    let (letters, _) = idna::domain_to_unicode(host);
    Some(letters)
}

/// Whether two owners' names look alike to somebody who reads quickly. The same name is not alike.
pub(super) fn looks_like(host: &str, known: &str) -> bool {
    let (host, known) = (site_of(host), site_of(known));
    host != known && outline(host) == outline(known)
}

/// What a quick reader sees: letters of other alphabets and digits become the Latin letters that they resemble.
fn outline(host: &str) -> String {
    let (letters, _) = idna::domain_to_unicode(host);
    let letters: String = letters.chars().filter(|c| *c != '-').map(resembles).collect();
    letters.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

fn resembles(c: char) -> char {
    match c {
        '0' | 'о' | 'ο' | 'ö' | 'ó' | 'ò' | 'ô' | 'õ' | 'ø' | 'օ' => 'o',
        '1' | 'l' | 'i' | 'í' | 'ì' | 'î' | 'ï' | 'ı' | 'і' | 'ι' | 'ł' | 'ӏ' => 'l',
        '5' | 'ѕ' | 'ş' | 'ś' | 'š' => 's',
        'а' | 'α' | 'ä' | 'á' | 'à' | 'â' | 'ã' | 'å' | 'ą' => 'a',
        'е' | 'ε' | 'é' | 'è' | 'ê' | 'ë' | 'ę' => 'e',
        'с' | 'ç' | 'ć' | 'č' => 'c',
        'р' | 'ρ' => 'p',
        'х' | 'χ' => 'x',
        'у' | 'γ' | 'ý' | 'ÿ' => 'y',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'т' | 'τ' => 't',
        'в' => 'b',
        'н' => 'h',
        'ԁ' => 'd',
        'ԛ' => 'q',
        'ѡ' | 'ω' => 'w',
        'ν' | 'ѵ' => 'v',
        'ü' | 'ú' | 'ù' | 'û' | 'υ' => 'u',
        'ñ' | 'ń' | 'η' => 'n',
        'ј' => 'j',
        'ɡ' | 'ğ' => 'g',
        'ž' | 'ź' | 'ż' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_for_searching() {
        assert!(REGISTRY_LABELS.is_sorted() && SHARED_HOSTS.is_sorted() && FREE_MAIL.is_sorted());
    }

    #[test]
    fn finds_what_somebody_owns() {
        for (host, site) in [
            ("example.com", "example.com"),
            ("www.app.example.com", "example.com"),
            ("app.example.co.uk", "example.co.uk"),
            ("example.co.uk", "example.co.uk"),
            ("ann.github.io", "ann.github.io"),
            ("x.ann.github.io", "ann.github.io"),
            ("github.io", "github.io"),
            ("localhost", "localhost"),
            ("", ""),
        ] {
            assert_eq!(site_of(host), site, "{host}");
        }
        assert!(same_site("app.example.com", "www.example.com"));
        assert!(!same_site("ann.github.io", "bob.github.io"));
        assert!(!same_site("example.com", "example.org"));
        assert!(!same_site("example.com", "notexample.com"));
    }

    #[test]
    fn reads_hosts() {
        for (address, host) in [
            ("https://App.Example.com:8443/x?y", Some("app.example.com")),
            ("https://example.com./", Some("example.com")),
            ("https://b\u{f6}ards.example/", Some("xn--bards-jua.example")),
            ("http://127.0.0.1/", None),
            ("com.example.app:/callback", None),
            ("nonsense", None),
        ] {
            assert_eq!(host_of(address).as_deref(), host, "{address}");
        }
    }

    #[test]
    fn knows_free_mail() {
        for (host, free) in [
            ("gmail.com", true),
            ("yahoo.co.uk", true),
            ("hotmail.fr", true),
            ("mail.example.com", false),
            ("notgmail.com", false),
            ("example.com", false),
        ] {
            assert_eq!(is_free_mail(host), free, "{host}");
        }
    }

    #[test]
    fn compares_mail_with_homepages() {
        for (host, homepages, standing) in [
            ("mail.example.com", &["www.example.com"][..], MailStanding::Homepage),
            ("example.org", &["example.com", "example.org"], MailStanding::Homepage),
            ("example.org", &["example.com"], MailStanding::Elsewhere),
            ("gmail.com", &["example.com"], MailStanding::Free),
            ("gmail.com", &[], MailStanding::Free),
            ("gmail.com", &["www.gmail.com"], MailStanding::Homepage),
            ("example.org", &[], MailStanding::Unknown),
        ] {
            let homepages: Vec<_> = homepages.iter().map(|host| (*host).to_owned()).collect();
            assert_eq!(mail_standing(host, &homepages), standing, "{host} {homepages:?}");
        }
    }

    #[test]
    fn sees_what_looks_alike() {
        for (host, known, alike) in [
            ("examp1e.com", "example.com", true),
            ("login.exarnple.com", "example.com", true),
            ("xn--xample-2of.com", "example.com", true),
            ("xn--bards-jua.example", "boards.example", true),
            ("my-boards.example", "myboards.example", true),
            ("app.example.com", "example.com", false),
            ("example.org", "example.com", false),
            ("other.com", "example.com", false),
        ] {
            assert_eq!(looks_like(host, known), alike, "{host} and {known}");
        }
    }
}
