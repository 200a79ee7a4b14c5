//! Lines of a mail that are not too long to read: values such as names may be, and then their paragraph is filled anew.

/// Characters of a line, as RFC 5322 §2.1.1 and most programs for mail have it.
const WIDTH: usize = 78;

/// Texts of ours with their values put in. A paragraph in which every line fits stays as it was written; lists, which begin
/// with a blank, and what people wrote, which is quoted, stand for themselves. A link is one word, and never broken.
pub(super) fn paragraphs(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for paragraph in text.split("\n\n") {
        let is_prose = !paragraph.starts_with([' ', '>', '-']);
        let is_long = paragraph.lines().any(|line| line.chars().count() > WIDTH);
        out.push(if is_prose && is_long { filled(paragraph, "") } else { paragraph.to_owned() });
    }
    out.join("\n\n")
}

/// Its words in lines, each after the prefix.
pub(super) fn filled(text: &str, prefix: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{prefix}{word}")),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "Gesellschaft für angewandte Benutzerfreundlichkeitsforschung und Gestaltung mbH";
    const LINK: &str =
        "https://portal.example/reset-password/gh_ol_0123456789012345678901234567890123456789012345678901234";

    #[test]
    fn a_long_name_fills_its_paragraph_anew() {
        let text = format!(
            "Hello Ann,\n\nyour request R-1, by which {NAME} asked for access to\nAPI, is declined:\n\nas\nit was"
        );
        let filled = paragraphs(&text);
        assert!(filled.lines().all(|line| line.chars().count() <= WIDTH), "{filled}");
        assert!(filled.ends_with("is declined:\n\nas\nit was") && filled.starts_with("Hello Ann,\n\nyour"), "{filled}");
        assert_eq!(filled.replace('\n', " "), text.replace('\n', " "), "the words are the same");
    }

    #[test]
    fn links_lists_and_quotes_are_left_alone() {
        let list = format!("  - Read {NAME}, everything (public_api.read)\n  - Read");
        let quote = format!("> {NAME} and whatever else somebody wrote in one line");
        for text in [LINK, &list, &quote, "--\nGatehouse, https://portal.example"] {
            assert_eq!(paragraphs(text), text);
        }
        let inside = paragraphs(&format!("open it with {NAME}: {LINK} and go on"));
        assert!(inside.lines().any(|line| line == LINK), "{inside}");
    }

    #[test]
    fn what_is_quoted_keeps_its_mark_on_each_line() {
        let quoted = filled(&NAME.repeat(3), "> ");
        assert!(quoted.lines().count() > 1 && quoted.lines().all(|line| line.starts_with("> ")), "{quoted}");
    }
}
