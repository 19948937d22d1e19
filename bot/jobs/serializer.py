"""The job database holds JSON, and nothing that is read from it runs as code.

DBOS pickles by default, and unpickles every row that says so, whatever serializer it was given. So
whoever can write to the database could run code here. A job needs nothing from its row but its ID.
"""

from typing import Any

from dbos import DBOSPortableJSONSerializer, Serializer, _serialization


class NoPickle(Serializer):
    """Takes the place of DBOS's pickle, for the rows that earlier releases wrote."""

    def name(self) -> str:
        return "py_pickle"

    def serialize(self, data: Any) -> str:
        return ""  # results are never read

    def deserialize(self, serialized_data: str) -> Any:
        return {"args": (), "kwargs": {}}  # the form of a job's arguments


def json_only() -> Serializer:
    """The serializer for DBOS. From this call on, DBOS unpickles nothing in this process."""
    _serialization.DBOSDefaultSerializer = NoPickle()
    return DBOSPortableJSONSerializer()
