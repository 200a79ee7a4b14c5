//! Authentication context classes (OpenID Connect Core §2, `acr`; OpenID Connect EAP ACR Values §4, `phr`).
//!
//! A class is decided by what a person proved themselves with (`amr`), never stored, so that the two cannot disagree.

use crate::identity::session::AuthenticationMethod;

crate::text_enum! {
    /// How well the person was recognized; each class includes those before it.
    Acr, "authentication context class" {
        /// By one thing: a password.
        SingleFactor = "urn:gatehouse:acr:1fa",
        /// By two things: a password and a one-time code.
        TwoFactors = "urn:gatehouse:acr:2fa",
        /// By a passkey, which no imitation of the page can ask for.
        PhishingResistant = "phr",
    }
}

impl Acr {
    /// What these methods amount to.
    pub fn of(amr: &[AuthenticationMethod]) -> Self {
        if amr.contains(&AuthenticationMethod::Passkey) {
            Self::PhishingResistant
        } else if amr.contains(&AuthenticationMethod::OneTimePassword) {
            Self::TwoFactors
        } else {
            Self::SingleFactor
        }
    }

    /// The least of the wanted classes that is known here (`acr_values` is a list by preference, and any of them does).
    /// `None` when none of them is known: then the request is one for whatever there is, as the parameter is voluntary.
    pub fn least_of<'a>(wanted: impl Iterator<Item = &'a str>) -> Option<Self> {
        wanted.filter_map(|name| name.parse().ok()).min()
    }
}

#[cfg(test)]
mod tests {
    use AuthenticationMethod::{Link, OneTimePassword, Passkey, Password};

    use super::*;

    #[test]
    fn follows_from_the_methods() {
        assert_eq!(Acr::of(&[Password]), Acr::SingleFactor);
        assert_eq!(Acr::of(&[Link]), Acr::SingleFactor);
        assert_eq!(Acr::of(&[Password, OneTimePassword]), Acr::TwoFactors);
        assert_eq!(Acr::of(&[Passkey]), Acr::PhishingResistant);
        assert!(Acr::SingleFactor < Acr::TwoFactors && Acr::TwoFactors < Acr::PhishingResistant);
    }

    #[test]
    fn any_wanted_class_does() {
        assert_eq!(Acr::least_of(["phr", "urn:gatehouse:acr:2fa"].into_iter()), Some(Acr::TwoFactors));
        assert_eq!(Acr::least_of(["urn:other", "phr"].into_iter()), Some(Acr::PhishingResistant));
        assert_eq!(Acr::least_of(["urn:other"].into_iter()), None);
    }
}
