"""What all tests share: the hypothesis profiles. Kernels compile on first use (10 to 20 s), so no example has a deadline.

`pytest --hypothesis-profile=thorough` draws 40 times as many examples.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from dedup import kernel

settings.register_profile("dedup", deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("dedup"), max_examples=3200)
settings.load_profile("dedup")


@pytest.fixture(autouse=True, scope="session")
def _compile_always() -> Iterator[None]:
    """Test what large inputs run; test_kernel.py holds uncompiled kernels against it, the surface tests run whichever fits."""
    with pytest.MonkeyPatch.context() as patch:
        for worth in ("WORTH_COMPILING", "WORTH_STARTING", "WORTH_LOADING"):
            patch.setattr(kernel, worth, -1)
        yield
