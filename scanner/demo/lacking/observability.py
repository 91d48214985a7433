"""Cross-account observability of the stand-in: every account shares its log groups, and no metrics, with another."""

from collections.abc import Mapping
from typing import Any

from scanner.demo.lacking.asked import Asked

_MONITOR = "444455556666"


def links(asked: Asked) -> Mapping[str, Any]:
    """``ListLinks``: one link, over which alarms see nothing."""
    return {
        "Items": [
            {
                "Arn": f"arn:aws:oam:{asked.region}:{asked.account}:link/7c3b9f52-5f6e-4f0e-9d2a-1b2c3d4e5f60",
                "Id": "7c3b9f52-5f6e-4f0e-9d2a-1b2c3d4e5f60",
                "Label": "demo",
                "ResourceTypes": ["AWS::Logs::LogGroup"],
                "SinkArn": f"arn:aws:oam:{asked.region}:{_MONITOR}:sink/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
            }
        ]
    }
