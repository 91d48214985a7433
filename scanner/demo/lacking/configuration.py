"""AWS Config in the stand-in, as far as moto lacks it: how deliveries went."""

import time
from collections.abc import Mapping
from typing import Any

from scanner.demo.lacking.asked import Asked

_HOUR = 3600


def deliveries(asked: Asked) -> Mapping[str, Any]:
    """``DescribeDeliveryChannelStatus``: the channel of the home Region delivered its history an hour ago."""
    if asked.region != "us-east-1":
        return {"DeliveryChannelsStatus": []}
    delivered = int(time.time()) - _HOUR
    history = {"lastStatus": "Success", "lastAttemptTime": delivered, "lastSuccessfulTime": delivered}
    stream = {"lastStatus": "Not_Applicable"}
    return {
        "DeliveryChannelsStatus": [
            {"name": "default", "configHistoryDeliveryInfo": history, "configStreamDeliveryInfo": stream}
        ]
    }
