"""What a run is computed with: device, precision, paths of a launch."""

import jax
import pytest

from example_country import EXAMPLE
from pooling import compute
from pooling.assumptions import load_config
from pooling.compute import WIDTHS, Machine, widest
from pooling.errors import InputErrors


def prepared(**asked: object) -> Machine:
    """The machine of the example with some settings of ``[compute]``."""
    return compute.prepare(load_config(EXAMPLE, {f"compute.{k}": v for k, v in asked.items()}))


def test_auto_is_resolved():
    machine = prepared(device="cpu")
    assert (machine.backend, machine.precision, machine.width, machine.chunk) == (
        *("cpu", "double"),
        *(1, 8),
    )
    assert machine.threads in (1, 2)
    assert machine == prepared(device="cpu", precision="double", width=1, chunk=8)


def test_what_is_asked_for_is_taken():
    machine = prepared(device="cpu", precision="mixed", width=3, threads=5, chunk=7)
    assert machine[2:] == ("mixed", 3, 5, 7)


@pytest.mark.skipif(jax.default_backend() == "gpu", reason="there is a GPU")
def test_an_absent_device_is_refused():
    with pytest.raises(
        InputErrors, match=r"key compute.device: found 'gpu', which JAX does not"
    ) as e:
        prepared(device="gpu")
    assert "1 cpu); allowed: 'auto' or 'cpu'" in str(e.value)
    assert e.value.exit_code == 2


@pytest.mark.gpu
def test_a_gpu_takes_many_paths():
    assert prepared(device="gpu").width in WIDTHS


def test_the_widest_launch_that_fits():
    """80 % of 80 GB hold 64 paths of 1 GB; of 10 GB eight; of nothing one."""
    assert widest(80 * 10**9, 1e9) == 64
    assert widest(10 * 10**9, 1e9) == 8
    assert widest(0, 1e9) == 1
    assert widest(10**15, 1e9) == max(WIDTHS)
