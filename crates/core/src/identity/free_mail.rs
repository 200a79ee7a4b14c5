//! Mail providers at which anybody gets an address within a minute: such an address says nothing about for whom its
//! owner works. The list is bounded and known to be incomplete; it holds the providers that most people use.

use super::email::Email;

/// Hosts of free-mail providers in their ASCII form, in order. Those with one name under many endings are in
/// [`FAMILIES`].
const HOSTS: [&str; 72] = [
    "126.com",
    "139.com",
    "163.com",
    "aim.com",
    "alice.it",
    "aol.com",
    "arcor.de",
    "bigpond.com",
    "bk.ru",
    "bluewin.ch",
    "bol.com.br",
    "btinternet.com",
    "centrum.cz",
    "comcast.net",
    "cox.net",
    "daum.net",
    "duck.com",
    "email.com",
    "email.cz",
    "fastmail.com",
    "fastmail.fm",
    "foxmail.com",
    "free.fr",
    "freemail.hu",
    "freenet.de",
    "googlemail.com",
    "hanmail.net",
    "hey.com",
    "hushmail.com",
    "icloud.com",
    "inbox.lv",
    "inbox.ru",
    "interia.pl",
    "laposte.net",
    "libero.it",
    "list.ru",
    "lycos.com",
    "mac.com",
    "mail.com",
    "mail.de",
    "mail.ru",
    "mailbox.org",
    "mailinator.com",
    "me.com",
    "msn.com",
    "naver.com",
    "o2.pl",
    "onet.pl",
    "orange.fr",
    "passport.com",
    "pm.me",
    "posteo.de",
    "proton.me",
    "qq.com",
    "rambler.ru",
    "rediffmail.com",
    "rocketmail.com",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "sina.com",
    "t-online.de",
    "tuta.com",
    "tuta.io",
    "tutanota.com",
    "uol.com.br",
    "verizon.net",
    "virgilio.it",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "ymail.com",
];

/// Providers with hosts under the endings of many countries: `yahoo.co.uk`, `outlook.de`.
const FAMILIES: [&str; 8] = ["gmail", "gmx", "hotmail", "live", "outlook", "protonmail", "yahoo", "yandex"];

/// Whether the address is at a free-mail provider of the list.
pub fn is_free_mail(email: &Email) -> bool {
    let Some((_, host)) = email.key().rsplit_once('@') else { return false };
    HOSTS.binary_search(&host).is_ok() || is_of_a_family(host)
}

/// `yahoo.fr`, `yahoo.co.jp`, and no `yahoo.example.com`.
fn is_of_a_family(host: &str) -> bool {
    let Some((name, ending)) = host.split_once('.') else { return false };
    let is_country = |label: &str| label.len() == 2 && label.bytes().all(|byte| byte.is_ascii_lowercase());
    let known = match ending.split_once('.') {
        None => is_country(ending) || matches!(ending, "com" | "net"),
        Some((second, country)) => matches!(second, "co" | "com") && is_country(country),
    };
    known && FAMILIES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_usual_ones() {
        assert!(HOSTS.is_sorted(), "looked up by halves");
        for address in [
            "a@gmail.com",
            "A.B+c@GMail.com",
            "a@yahoo.co.uk",
            "a@yahoo.com.br",
            "a@gmx.de",
            "a@gmx.net",
            "a@outlook.fr",
            "a@web.de",
            "a@proton.me",
            "a@126.com",
            "a@ymail.com",
        ] {
            assert!(is_free_mail(&address.parse().expect("an address")), "{address}");
        }
        for address in [
            "a@example.com",
            "a@gmail.example.com",
            "a@mygmail.com",
            "a@yahoo.example",
            "a@live.co.example",
            "gmail.com@example.com",
        ] {
            assert!(!is_free_mail(&address.parse().expect("an address")), "{address}");
        }
    }
}
