//! The part of CBOR (RFC 8949) that authenticators write (CTAP 2.1 §8): definite lengths, no tags, shallow.

use super::PasskeyError;

/// Deeper than anything that is defined.
const DEEPEST: u8 = 5;

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// True, false, null and floats, which nothing here asks for.
    Other,
}

impl<'a> Value<'a> {
    /// The value of a text key.
    pub(super) fn text_key(&self, name: &str) -> Option<&Value<'a>> {
        self.find(&Value::Text(name))
    }

    /// The value of an integer key.
    pub(super) fn integer_key(&self, number: i64) -> Option<&Value<'a>> {
        self.find(&Value::Integer(number))
    }

    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    fn find(&self, wanted: &Value<'_>) -> Option<&Value<'a>> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(key, _)| key == wanted).map(|(_, value)| value)
    }
}

/// The first item, and what follows it.
pub(super) fn first(bytes: &[u8]) -> Result<(Value<'_>, &[u8]), PasskeyError> {
    let mut rest = bytes;
    let value = read(&mut rest, DEEPEST).ok_or(PasskeyError::Unreadable("CBOR"))?;
    Ok((value, rest))
}

/// The one item that there is.
pub(super) fn only(bytes: &[u8]) -> Result<Value<'_>, PasskeyError> {
    match first(bytes)? {
        (value, []) => Ok(value),
        _ => Err(PasskeyError::Unreadable("more than one CBOR item")),
    }
}

fn read<'a>(rest: &mut &'a [u8], depth: u8) -> Option<Value<'a>> {
    let depth = depth.checked_sub(1)?;
    let [head] = take(rest, 1)? else { return None };
    let (kind, info) = (head >> 5, head & 31);
    let number = argument(rest, info)?;
    match kind {
        0 => Some(Value::Integer(i64::try_from(number).ok()?)),
        1 => Some(Value::Integer(-1 - i64::try_from(number).ok()?)),
        2 => Some(Value::Bytes(take(rest, number)?)),
        3 => Some(Value::Text(std::str::from_utf8(take(rest, number)?).ok()?)),
        4 => {
            // Each item has a byte at least: nobody makes us reserve memory by a number.
            let count = usize::try_from(number).ok().filter(|count| *count <= rest.len())?;
            (0..count).map(|_| read(rest, depth)).collect::<Option<_>>().map(Value::Array)
        }
        5 => {
            let count = usize::try_from(number).ok().filter(|count| *count <= rest.len())?;
            let mut pairs: Vec<(Value<'a>, Value<'a>)> = Vec::new();
            for _ in 0..count {
                let (key, value) = (read(rest, depth)?, read(rest, depth)?);
                if pairs.iter().any(|(other, _)| *other == key) {
                    return None;
                }
                pairs.push((key, value));
            }
            Some(Value::Map(pairs))
        }
        7 => Some(Value::Other),
        _ => None,
    }
}

/// What the head's five bits say; indefinite lengths are none.
fn argument(rest: &mut &[u8], info: u8) -> Option<u64> {
    let length = match info {
        0..=23 => return Some(u64::from(info)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    Some(take(rest, length)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn take<'a>(rest: &mut &'a [u8], count: u64) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(usize::try_from(count).ok()?)?;
    *rest = left;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_examples_of_the_standard() {
        // RFC 8949 appendix A.
        for (bytes, value) in [
            (&[0x18, 0x64][..], Value::Integer(100)),
            (&[0x39, 0x03, 0xe7], Value::Integer(-1_000)),
            (&[0x44, 1, 2, 3, 4], Value::Bytes(&[1, 2, 3, 4])),
            (&[0x64, b'I', b'E', b'T', b'F'], Value::Text("IETF")),
            (&[0x82, 1, 0xf6], Value::Array(vec![Value::Integer(1), Value::Other])),
            (&[0xa1, 0x61, b'a', 1], Value::Map(vec![(Value::Text("a"), Value::Integer(1))])),
        ] {
            assert_eq!(only(bytes), Ok(value), "{bytes:?}");
        }
        let (value, rest) = first(&[0x01, 0x02]).expect("an item");
        assert_eq!((value, rest), (Value::Integer(1), &[2][..]));
    }

    #[test]
    fn refuses_the_rest() {
        let cases: [&[u8]; 9] = [
            &[],
            &[0x18],
            &[0x45, 1, 2],
            &[0x5f, 0x41, 1, 0xff],
            &[0xc0, 0x01],
            &[0xa2, 1, 1, 1, 2],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x61, 0xff],
            &[0x81, 0x81, 0x81, 0x81, 0x81, 0x01],
        ];
        for bytes in cases {
            assert!(first(bytes).is_err(), "{bytes:?}");
        }
        assert!(only(&[1, 2]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let _ = first(&bytes);
        }
    }
}
