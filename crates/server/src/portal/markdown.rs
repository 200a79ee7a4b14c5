//! Markdown of strangers as HTML: raw HTML left out, only links that lead where links may lead, no pictures (they would
//! tell their host who reads), headings below those of the page.

use comrak::nodes::{Node, NodeHeading, NodeValue};
use comrak::{Arena, Options, format_html, parse_document};

/// Headings begin at this level.
const TOP: u8 = 4;

/// HTML that may stand in a page as it is.
pub fn untrusted(text: &str) -> String {
    let arena = Arena::new();
    let options = options();
    html(parse_document(&arena, text, &options), &options)
}

/// A description in two parts: the first paragraph as plain text, to stand below a title, and the rest as HTML. A long
/// first paragraph is cut, and stands in the rest as well.
pub fn lead_and_rest(text: &str, longest: usize) -> (String, String) {
    let arena = Arena::new();
    let options = options();
    let root = parse_document(&arena, text, &options);
    let Some(first) = root.first_child().filter(|node| is_paragraph(node)) else {
        return (first_words(text, longest), html(root, &options));
    };
    let words = plain(first);
    if words.chars().count() <= longest {
        first.detach();
    }
    (cut(&words, longest), html(root, &options))
}

/// The first paragraph as plain text, cut at about `longest` characters between two words.
pub fn first_words(text: &str, longest: usize) -> String {
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options());
    root.children().find(is_paragraph).map(|first| cut(&plain(first), longest)).unwrap_or_default()
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options
}

fn html(root: Node<'_>, options: &Options<'_>) -> String {
    for node in root.descendants() {
        let mut data = node.data.borrow_mut();
        match &mut data.value {
            NodeValue::Heading(NodeHeading { level, .. }) => *level = (*level + TOP - 1).min(6),
            // The words that stand for the picture stay, as a link to it.
            NodeValue::Image(image) => {
                let link = image.clone();
                data.value = NodeValue::Link(link);
            }
            NodeValue::HtmlBlock(block) => block.literal.clear(),
            NodeValue::HtmlInline(html) => html.clear(),
            _ => {}
        }
    }
    let mut html = String::new();
    match format_html(root, options, &mut html) {
        Ok(()) => html.replace("<!-- raw HTML omitted -->", ""),
        Err(_) => String::new(),
    }
}

fn is_paragraph(node: &Node<'_>) -> bool {
    matches!(node.data.borrow().value, NodeValue::Paragraph)
}

fn plain(paragraph: Node<'_>) -> String {
    let mut words = String::new();
    for node in paragraph.descendants() {
        match &node.data.borrow().value {
            NodeValue::Text(text) => words.push_str(text),
            NodeValue::Code(code) => words.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => words.push(' '),
            _ => {}
        }
    }
    words
}

fn cut(words: &str, longest: usize) -> String {
    if words.chars().count() <= longest {
        return words.to_owned();
    }
    let cut: String = words.chars().take(longest).collect();
    cut.rsplit_once(' ').map_or(cut.as_str(), |(before, _)| before).to_owned() + " …"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_comes_through() {
        let cases = [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "[x](javascript:alert(1))",
            "[x](  JavaScript:alert(1))",
            "[x](data:text/html,<script>)",
            "![x](https://tracker.example/a.png)",
            "![x](javascript:alert(1))",
            "<javascript:alert(1)>",
            "[x](https://a.example \"\\\" onmouseover=alert(1)\")",
            "`<script>`",
            "| <script> |\n|-|\n| <b onclick=x> |",
            "<style>body{}</style><iframe src=x></iframe>",
        ];
        for text in cases {
            let html = untrusted(text).to_lowercase();
            for bad in ["<script", "<img", "<iframe", "<style", "<b ", "href=\"javascript", "href=\"data:", "\" on"] {
                assert!(!html.contains(bad), "{text} became {html}");
            }
        }
    }

    #[test]
    fn what_is_meant_comes_through() {
        let html =
            untrusted("# Things\n\nSee *all* `things` at https://example.com and ![a plan](https://x.example/p.png).");
        assert!(html.contains("<h4>Things</h4>") && html.contains("<em>all</em> <code>things</code>"), "{html}");
        assert!(html.contains("href=\"https://example.com\"") && html.contains(">a plan</a>"), "{html}");
    }

    #[test]
    fn first_words_are_of_the_first_paragraph() {
        assert_eq!(first_words("# T\n\nAll *the* `things`\nthere are.\n\nMore.", 80), "All the things there are.");
        assert_eq!(first_words("All the things there are", 12), "All the …");
        assert_eq!(first_words("<script>x</script>", 80), "");
    }

    #[test]
    fn a_short_first_paragraph_stands_apart() {
        let parts = |text, longest| lead_and_rest(text, longest);
        assert_eq!(parts("All *things*.\n\nMore.", 80), ("All things.".to_owned(), "<p>More.</p>\n".to_owned()));
        let (lead, rest) = parts("All the things.\n\nMore.", 8);
        assert_eq!((lead.as_str(), rest.as_str()), ("All the …", "<p>All the things.</p>\n<p>More.</p>\n"));
        let (lead, rest) = parts("# Title\n\nAll.", 80);
        assert_eq!((lead.as_str(), rest.as_str()), ("All.", "<h4>Title</h4>\n<p>All.</p>\n"));
    }
}
