"""The published JSON Schema of weights.json, ``weights.schema.json`` beside this file.

Of version 1: a key that came later has a default, so that earlier files are valid. To write it anew::

    python -m jrtune.export.json_schema > jrtune/export/weights.schema.json
"""

from __future__ import annotations

import json
from pathlib import Path

from jrtune.export.schema import VERSION, WeightsFile

PATH = Path(__file__).with_name("weights.schema.json")


def json_schema() -> dict[str, object]:
    """The schema, draft 2020-12. That the weights sum to one it can only say in words."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:jrtune:weights:{VERSION}",
        **WeightsFile.model_json_schema(),
    }


def schema_text() -> str:
    """The text of the published file."""
    return json.dumps(json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
