//! The time zones that a profile offers: by region, each place once, under the name that it has today.

use crate::portal::choice::Choice;

/// Regions of the zones that have places, and what they are called; the others are old names, and `Etc`, whose signs are
/// the wrong way round.
const REGIONS: [(&str, &str); 10] = [
    ("Africa", "Africa"),
    ("America", "America"),
    ("Antarctica", "Antarctica"),
    ("Arctic", "Arctic"),
    ("Asia", "Asia"),
    ("Atlantic", "Atlantic Ocean"),
    ("Australia", "Australia"),
    ("Europe", "Europe"),
    ("Indian", "Indian Ocean"),
    ("Pacific", "Pacific Ocean"),
];

/// Names in those regions that only stand for others (tzdata's `backward`, but for those of `zone.tab`): the library gives
/// names and does not tell which are old.
const OLD: &str = "
    Africa/Asmera Africa/Timbuktu
    America/Argentina/ComodRivadavia America/Atka America/Buenos_Aires America/Catamarca America/Coral_Harbour
    America/Cordoba America/Ensenada America/Fort_Wayne America/Godthab America/Indianapolis America/Jujuy
    America/Knox_IN America/Louisville America/Mendoza America/Montreal America/Nipigon America/Pangnirtung
    America/Porto_Acre America/Rainy_River America/Rosario America/Santa_Isabel America/Shiprock America/Thunder_Bay
    America/Virgin America/Yellowknife
    Antarctica/South_Pole
    Asia/Ashkhabad Asia/Calcutta Asia/Choibalsan Asia/Chongqing Asia/Chungking Asia/Dacca Asia/Harbin Asia/Istanbul
    Asia/Kashgar Asia/Katmandu Asia/Macao Asia/Rangoon Asia/Saigon Asia/Tel_Aviv Asia/Thimbu Asia/Ujung_Pandang
    Asia/Ulan_Bator
    Atlantic/Faeroe Atlantic/Jan_Mayen
    Australia/ACT Australia/Canberra Australia/Currie Australia/LHI Australia/NSW Australia/North Australia/Queensland
    Australia/South Australia/Tasmania Australia/Victoria Australia/West Australia/Yancowinna
    Europe/Belfast Europe/Kiev Europe/Nicosia Europe/Tiraspol Europe/Uzhgorod Europe/Zaporozhye
    Pacific/Enderbury Pacific/Johnston Pacific/Ponape Pacific/Samoa Pacific/Truk Pacific/Yap";

/// What a profile offers.
pub(super) struct Zones {
    /// UTC, and the user's own when it is none of a region.
    pub(super) first: Vec<Choice>,
    /// Regions with their places.
    pub(super) regions: Vec<(&'static str, Vec<Choice>)>,
}

/// Those that the machine knows. A name that somebody has stays theirs, however old it is.
pub(super) fn zones(chosen: &str) -> Zones {
    let mut names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    names.sort();
    let place = |name: &str, region: &str| {
        let place = name.strip_prefix(region)?.strip_prefix('/')?;
        let is_old = OLD.split_whitespace().any(|old| old == name);
        (!is_old).then(|| Choice::new(name, place.replace('_', " ")).among(&[chosen]))
    };
    let places = |region: &str| names.iter().filter_map(|name| place(name, region)).collect();
    let regions: Vec<(&str, Vec<Choice>)> = REGIONS.iter().map(|(region, words)| (*words, places(region))).collect();
    let mut first = vec![Choice::new("Etc/UTC", "UTC").among(&[chosen])];
    let is_there = regions.iter().flat_map(|(_, places)| places).chain(&first).any(Choice::is_chosen);
    if !is_there && !chosen.is_empty() {
        first.push(Choice::new(chosen, chosen.replace('_', " ")).among(&[chosen]));
    }
    Zones { first, regions }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(zones: &Zones) -> Vec<&str> {
        zones.regions.iter().flat_map(|(_, places)| places).map(|place| place.value.as_str()).collect()
    }

    #[test]
    fn each_place_is_there_once_under_its_name() {
        let zones = zones("Europe/Berlin");
        let values = values(&zones);
        for name in
            ["Asia/Kolkata", "Europe/Kyiv", "Europe/Oslo", "America/Argentina/Buenos_Aires", "Pacific/Pago_Pago"]
        {
            assert!(values.contains(&name), "{name}");
        }
        for name in ["Asia/Calcutta", "Europe/Kiev", "US/Pacific", "Etc/GMT+5", "GB", "Etc/UTC"] {
            assert!(!values.contains(&name), "{name}");
        }
        assert_eq!(zones.first.len(), 1);
        let chosen: Vec<_> =
            zones.regions.iter().flat_map(|(_, places)| places).filter(|place| place.is_chosen()).collect();
        assert_eq!((chosen.len(), chosen[0].label.as_str()), (1, "Berlin"));
        let argentina = zones.regions[1].1.iter().find(|place| place.value == "America/Argentina/Buenos_Aires");
        assert_eq!(argentina.expect("a place").label, "Argentina/Buenos Aires");
    }

    #[test]
    fn a_name_that_somebody_has_stays_theirs() {
        for name in ["Asia/Calcutta", "US/Pacific", "Etc/GMT+5", "Mars/Base"] {
            let zones = zones(name);
            let last = zones.first.last().expect("a choice");
            assert!(last.is_chosen() && last.value == name && !values(&zones).contains(&name), "{name}");
        }
        assert!(zones("Etc/UTC").first[0].is_chosen() && zones("").first.len() == 1);
    }
}
