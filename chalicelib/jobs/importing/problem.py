"""What is wrong with a row, said so that whoever made the file can mend it."""

from __future__ import annotations


class RowProblem(ValueError):
    """A row that cannot be imported. `column` is where to look, None if it is the row as a whole."""

    def __init__(self, what: str, column: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.column = column
