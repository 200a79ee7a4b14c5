//! Markdown of our own pages as HTML: headings with anchors, code that can be copied, tables that scroll by themselves.

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, format_html, parse_document};

/// A page without its frame.
pub(super) struct Rendered {
    pub(super) title: String,
    pub(super) body: String,
    /// Id and words of each heading of the second level.
    pub(super) headings: Vec<(String, String)>,
}

/// What stands around a block of code.
const COPY: &str = "<button class=\"copy\" type=\"button\" data-copy hidden><span class=\"words\">Copy</span></button>";

/// The text is ours, built into the program: it may hold HTML comments, which are left out.
pub(super) fn render(text: &str) -> Result<Rendered, String> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.header_id_prefix = Some(String::new());
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options);
    for node in root.descendants() {
        match &mut node.data.borrow_mut().value {
            NodeValue::Link(link) => link.url = address(&link.url),
            NodeValue::HtmlBlock(block) => block.literal.clear(),
            _ => {}
        }
    }
    let mut html = String::new();
    format_html(root, &options, &mut html).map_err(|error| error.to_string())?;
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("Documentation").to_owned();
    Ok(Rendered { title, headings: headings(&html), body: dressed(&html) })
}

/// Links between files of the source become links between pages.
fn address(url: &str) -> String {
    let (path, fragment) = url.split_once('#').map_or((url, None), |(path, fragment)| (path, Some(fragment)));
    if url.contains("://") || !path.ends_with(".md") {
        return url.to_owned();
    }
    let page = path.trim_end_matches(".md");
    fragment.map_or_else(|| page.to_owned(), |fragment| format!("{page}#{fragment}"))
}

/// Text of code and cells is escaped, so that these tags are the renderer's own.
fn dressed(html: &str) -> String {
    html.replace("<pre><code", &format!("<div class=\"code\">{COPY}<pre tabindex=\"0\"><code"))
        .replace("</code></pre>", "</code></pre></div>")
        .replace("<table>", "<div class=\"scroll\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>")
        // The corner above the first column heads nothing.
        .replace("<th></th>", "<td></td>")
        .replace("<th>", "<th scope=\"col\">")
        .replace("<!-- raw HTML omitted -->", "")
}

fn headings(html: &str) -> Vec<(String, String)> {
    let starts = html.split("<h2 id=\"").skip(1);
    let heading = |start: &str| {
        let (id, rest) = start.split_once("\">")?;
        let (words, _) = rest.split_once("<a href")?;
        Some((id.to_owned(), without_tags(words)))
    };
    starts.filter_map(heading).collect()
}

/// What is left is text as a person reads it.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, after)| after));
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_between_files_lead_to_pages() {
        for (source, page) in [
            ("oauth.md", "oauth"),
            ("../oauth.md#errors", "../oauth#errors"),
            ("#errors", "#errors"),
            ("https://example.com/a.md", "https://example.com/a.md"),
        ] {
            assert_eq!(address(source), page);
        }
    }

    #[test]
    fn headings_code_and_tables_are_dressed() {
        let page = "# T\n\n## The `a & b` part\n\n```sh\n</code></pre>\n```\n\n|a|\n|-|\n|b|\n\n<!-- sample: x -->\n";
        let Rendered { title, body, headings } = render(page).expect("renders");
        assert_eq!(title, "T");
        assert_eq!(headings, [("the-a--b-part".to_owned(), "The a & b part".to_owned())]);
        assert_eq!(body.matches("class=\"code\"").count(), 1);
        assert_eq!(body.matches("</code></pre></div>").count(), 1, "{body}");
        assert!(body.contains("<div class=\"scroll\" tabindex=\"0\"><table>") && !body.contains("sample"), "{body}");
        let cornered = render("# T\n\n| |a|\n|-|-|\n|b|c|\n").expect("renders").body;
        assert!(cornered.contains("<td></td>\n<th scope=\"col\">a</th>"), "{cornered}");
    }
}
