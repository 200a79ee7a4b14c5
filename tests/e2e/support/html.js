// The HTML as it was served, through html-validate.

import { HtmlValidate } from 'html-validate';

/** What breaks in browsers or for readers; how it is written (quotes, blanks) is nobody's business here. */
const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:standard', 'html-validate:a11y', 'html-validate:document'],
  rules: {
    'form-dup-name': ['error', { allowArrayBrackets: false, shared: ['radio', 'checkbox', 'button', 'submit'] }],
    // The summary of a form's errors and lists at the side have headings before the page's own.
    'heading-level': ['error', { minInitialRank: 'h2' }],
    'no-dup-class': 'error',
    'no-inline-style': 'error',
    // Everything comes from our own origin.
    'require-sri': ['error', { target: 'crossorigin' }],
  },
});

/** One line for each mistake. */
export async function htmlProblems(html) {
  const report = await validator.validateString(html);
  const lines = html.split('\n');
  // Several hidden fields of one name are one list, as several ticks are; the rule knows no exception for them.
  const isList = ({ ruleId, line, column }) => {
    const text = lines[line - 1] ?? '';
    return ruleId === 'form-dup-name' && text.startsWith('<input type="hidden"', text.lastIndexOf('<', column));
  };
  return report.results.flatMap((result) =>
    result.messages.filter((message) => !isList(message)).map((message) => `html-validate ${message.ruleId}, line ${message.line}: ${message.message}`),
  );
}
