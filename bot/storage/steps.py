"""What a migration consists of, written once for both stores."""

from dataclasses import dataclass, field
from types import UnionType

# str, int, or one of these with `| None` for a column that may be NULL. A text column is never
# NULL: "" means that it is not known yet.
ColumnType = type | UnionType


@dataclass(frozen=True, slots=True)
class Table:
    """Every column in `references` holds the `id` of a row in that table."""

    name: str
    columns: dict[str, ColumnType]
    key: tuple[str, ...] = ("id",)
    references: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column that is added to a table of an earlier migration."""

    table: str
    name: str
    type: ColumnType


@dataclass(frozen=True, slots=True)
class PerStore:
    """SQL for what the two databases write differently."""

    sqlite: str
    postgres: str


Step = Table | NewColumn | PerStore | str  # plain SQL is the same for both
