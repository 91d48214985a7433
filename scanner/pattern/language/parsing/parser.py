"""From the text of a filter pattern to its tree: the choice of the sub-language and the limits they share."""

from scanner.errors import PatternError
from scanner.pattern.language.nodes import EveryPattern, Pattern, RegexPattern
from scanner.pattern.language.parsing.cursor import Cursor
from scanner.pattern.language.parsing.json_pattern import parse_json
from scanner.pattern.language.parsing.space_pattern import parse_space
from scanner.pattern.language.parsing.term_pattern import parse_terms

MAXIMUM_LENGTH = 1024


def parse(text: str) -> Pattern:
    """The tree of a CloudWatch Logs filter pattern.

    The first character that is not a blank selects the sub-language: ``{`` JSON, ``[`` space-delimited, ``%`` one
    regular expression, anything else terms; a blank text matches every event. Raises PatternError for everything that
    PutMetricFilter would reject. Source: AWS, "Filter pattern syntax for metric filters", and results of
    TestMetricFilter.
    """
    if len(text) > MAXIMUM_LENGTH:
        message = f"The pattern has {len(text)} characters: Member must have length less than or equal to 1024."
        raise PatternError(message, text, (MAXIMUM_LENGTH, len(text)), "Split it into several metric filters.")
    cursor = Cursor(text)
    cursor.skip_blanks()
    match cursor.peek():
        case "":
            return EveryPattern(text)
        case "{":
            return parse_json(cursor)
        case "[":
            return parse_space(cursor)
        case "%":
            return _parse_regex_alone(cursor)
        case _:
            return parse_terms(cursor)


def _parse_regex_alone(cursor: Cursor) -> RegexPattern:
    """``'%' source '%'`` and nothing else."""
    source = cursor.regex().source
    end = cursor.at
    cursor.skip_blanks()
    if cursor.peek():
        hint = "Join the expressions with |, or use a JSON or space-delimited pattern."
        raise cursor.invalid_characters((end, end + 1), "a regular expression alone must be the whole pattern", hint)
    return RegexPattern(source, cursor.text)
