"""Where a flood goes: not away, but into the slow queue.

Every complaint is filed, gets its receipt and its dates. What comes above a rate is looked at
after the rest. One sender's surplus is slow before it counts for anybody else: so who floods a
body from one place fills the slow queue alone, and complaints from elsewhere go on as ever.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import has_request_context, request

from ckanext.complaints import config
from ckanext.complaints.domain.filing import Complaint
from ckanext.opengov.shared.limits import Limit, network_of

HOUR = timedelta(hours=1)


def is_slow(complaint: Complaint, now: datetime) -> bool:
    """Count a complaint that is about to be filed; tell whether it is one of a flood.

    What is kept of the sender's address is a hash keyed for this hour; the case has nothing of it.
    """
    network = network_of(request.remote_addr or "") if has_request_context() else ""
    of_sender = Limit("complaint-flood-sender", config.flood_sender(), HOUR)
    if network and of_sender.take(network, now.strftime("%Y%m%d%H")):
        return True
    of_target = Limit("complaint-flood-target", config.flood_target(), HOUR)
    if of_target.take(complaint.org_id or "", complaint.category):
        return True
    return bool(Limit("complaint-flood", config.flood_all(), HOUR).take("all"))
