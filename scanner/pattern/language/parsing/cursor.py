"""The cursor all sub-languages are parsed with, and the tokens they share: blanks, quoted texts, regexes, values.

Errors begin with the words CloudWatch Logs itself uses ("Invalid character(s) in term …", "Invalid metric filter
pattern"), so that they can be recognized in the console, and go on with the reason.
"""

import re

from scanner.errors import PatternError
from scanner.pattern.language.nodes import Number, Regex, Span, Text, Value
from scanner.pattern.language.values.numbers import exponent_in_range, is_number_spelling
from scanner.pattern.language.values.regex import parse_regex

BLANKS = " \t\r\n\f"
BARE_VALUE = re.compile(r"[A-Za-z0-9_.*+-]+")
WORD = re.compile(r"[A-Za-z]+")
MAXIMUM_REGEXES = 2
_BLANK_RUN = re.compile(f"[{BLANKS}]*")
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')
_OPERATOR = re.compile(r"!=|<=|>=|=|<|>")
_SHOWN = 60


class Cursor:
    """A place in the text of a pattern, and how many regular expressions lie before it.

    ``limited`` says whether the numbers count that CloudWatch Logs sets for a deployed filter.
    """

    def __init__(self, text: str, *, limited: bool = True) -> None:
        self.text = text
        self.at = 0
        self.regexes = 0
        self.limited = limited

    def skip_blanks(self) -> None:
        """Go on to the next character that is not a blank; blanks and line breaks separate tokens everywhere."""
        found = _BLANK_RUN.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def peek(self) -> str:
        """The next character, "" at the end."""
        return self.text[self.at : self.at + 1]

    def take(self, token: str) -> bool:
        """Read over ``token`` if it comes next."""
        found = self.text.startswith(token, self.at)
        if found:
            self.at += len(token)
        return found

    def word(self) -> str:
        """The ASCII letters that come next, not read over."""
        found = WORD.match(self.text, self.at)
        return found.group() if found else ""

    def invalid_characters(self, span: Span, why: str, hint: str) -> PatternError:
        """The error for text that is not a token."""
        term = self.text[span[0] : span[1]]
        shown = term if len(term) <= _SHOWN else f"{term[:_SHOWN]}…"
        return PatternError(f"Invalid character(s) in term '{shown}': {why}.", self.text, span, hint)

    def invalid_pattern(self, span: Span, why: str, hint: str) -> PatternError:
        """The error for tokens in the wrong place."""
        return PatternError(f"Invalid metric filter pattern: {why}.", self.text, span, hint)

    def quoted(self) -> str:
        r"""``'"' chars '"'`` at the cursor; ``\"`` and ``\\`` in it mean ``"`` and ``\``."""
        found = _QUOTED.match(self.text, self.at)
        if found is None:
            span = (self.at, len(self.text))
            raise self.invalid_characters(span, "the quoted text is not closed", 'Put a " at its end.')
        self.at = found.end()
        return _ESCAPED.sub(r"\1", found.group(1))

    def regex(self) -> Regex:
        """``'%' source '%'`` at the cursor; at most two in a pattern that is deployed."""
        start = self.at
        end = self.text.find("%", start + 1)
        if end < 0:
            span = (start, len(self.text))
            raise self.invalid_characters(span, "the regular expression is not closed", "Put a % at its end.")
        source = self.text[start + 1 : end]
        parse_regex(source, self.text, start + 1)
        self.at = end + 1
        self.regexes += 1
        if self.limited and self.regexes > MAXIMUM_REGEXES:
            message = "Your input has exceeded the maximum of 2 regular expressions per filter pattern."
            hint = "Join expressions on the same field with |, or split the filter in two."
            raise PatternError(message, self.text, (start, self.at), hint)
        return Regex(source)

    def comparison(self, *, ordering_of_text_is_character_error: bool) -> tuple[str, Value]:
        """``('=' | '!=' | '<' | '<=' | '>' | '>=') value`` at the cursor; the last four take a number only."""
        start = self.at
        found = _OPERATOR.match(self.text, start)
        if found is None:
            span = (start, start + 1)
            raise self.invalid_pattern(span, "a comparison begins with = != < <= > or >=", "Write != for not equal.")
        operator = found.group()
        self.at = found.end()
        if self.peek() in {"=", "<", ">", "!"}:
            wrong = self.text[start : self.at + 1]
            hint = "Equality is a single =." if wrong == "==" else "The operators are = != < <= > >=."
            raise self.invalid_pattern((start, self.at + 1), f"{wrong} is not an operator", hint)
        self.skip_blanks()
        begin = self.at
        value = self.value()
        if operator[0] in "<>" and not isinstance(value, Number):
            hint = f"Write a bare number after {operator}, without quotes."
            why = "only numbers can be compared by size"
            if ordering_of_text_is_character_error:
                raise self.invalid_characters((begin, self.at), why, hint)
            raise self.invalid_pattern((begin, self.at), why, hint)
        return operator, value

    def value(self) -> Value:
        """``value := quoted text | '%' regex '%' | bareword``; a bareword in number spelling is a number."""
        start = self.at
        if self.peek() == '"':
            return Text(self.quoted())
        if self.peek() == "%":
            return self.regex()
        found = BARE_VALUE.match(self.text, start)
        if found is None:
            raise self._no_value()
        self.at = found.end()
        word = found.group()
        if word.lower() == "null":
            hint = 'Write IS NULL for a JSON null, "null" for the text.'
            raise self.invalid_pattern((start, self.at), "null is a keyword and no value", hint)
        if not is_number_spelling(word):
            return Text(word)
        if not exponent_in_range(word):
            why = f"the exponent of {word} is out of range"
            raise self.invalid_pattern((start, self.at), why, "Exponents go up to 2147483647.")
        return Number(word)

    def _no_value(self) -> PatternError:
        """The error for something that cannot begin a value."""
        start = self.at
        character = self.peek()
        if character == "'":
            end = self.text.find("'", start + 1)
            word = self.text[start + 1 : end] if end > 0 else "value"
            hint = f'Use double quotes: "{word}".'
            return self.invalid_characters((start, start + 1), "single quotes do not quote a value", hint)
        if character == "$":
            hint = "The right side is a text, a number or a %regex%."
            return self.invalid_pattern((start, start + 1), "a field cannot be compared with a field", hint)
        if character in {"", "&", "|", ")", "}", "]", ","}:
            why = "a value is missing after the operator"
            return self.invalid_pattern((start, start + 1), why, 'Write a word, a number, "a text" or %a regex%.')
        return self.unquoted(start)

    def unquoted(self, start: int) -> PatternError:
        """The error for a character that a bare value cannot hold."""
        span = (start, start + 1)
        why = "bare values hold only ASCII letters, digits and _ . * + -"
        if self.text[start : start + 1] == '"':
            return self.invalid_characters(span, "a quote is in the wrong place", "Quote the whole value or nothing.")
        if self.text[start : start + 1] in {"\u00a0", "\u2009", "\u202f", "\u3000"}:
            return self.invalid_characters(
                span, "this blank is not an ASCII blank", "Replace it with an ordinary blank."
            )
        return self.invalid_characters(span, why, 'Put the value in double quotes: "…".')
