"""What tests of several folders share."""

import pytest
from hypothesis import settings
from tests.common.running import running_portal

# The same cases each time, so that what fails is what was changed; `make fuzz` draws others.
settings.register_profile("alike", derandomize=True)
settings.load_profile("alike")


@pytest.fixture(scope="session")
def sample_portal():
    """A running portal with its sample, for tests that leave it to the next: folder and address.

    It takes long to make. Those that count what is in it come first.
    """
    with running_portal(sample=True) as found:
        yield found
