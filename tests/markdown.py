"""Tables of pages that are made of the code and the content."""

import json
from collections.abc import Iterable

from scanner.model import JsonValue


def table(columns: str, rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {columns} |", f"|{'---|' * (columns.count('|') + 1)}"]
    for row in rows:
        cells = [cell.replace("|", "\\|") for cell in row]
        lines.append(f"| {' | '.join(cells)} |")
    return "".join(f"{line}\n" for line in lines)


def code(value: JsonValue) -> str:
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value, ensure_ascii=False)}`"
