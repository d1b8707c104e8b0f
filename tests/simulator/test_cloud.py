"""The cloud is one file that many processes change, and that fails when it is told to."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from simulator.cloud import Cloud, Fault, RefusedError, Resource, World


def make(world: World) -> str:
    name = f"thing{len(world.resources)}"
    world.resources[name] = Resource("thing", name, {})
    return name


def make_in(path: Path) -> str:
    return Cloud(path).perform("create", "thing", make)


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path / "cloud.json")


def test_processes_that_change_it_at_once_lose_nothing(cloud: Cloud) -> None:
    with ProcessPoolExecutor(4) as pool:
        made = list(pool.map(make_in, [cloud.path] * 40))
    assert sorted(made) == sorted(cloud.read().resources)
    assert len(set(made)) == 40
    assert cloud.read().counts == {"create thing": 40}


def test_only_the_operation_that_is_to_fail_fails(cloud: Cloud) -> None:
    with cloud.change() as world:
        world.faults.append(Fault("create", "thing", nth=2, error="TooManyRequests"))
    cloud.perform("create", "thing", make)
    cloud.perform("delete", "thing", lambda _: None)
    with pytest.raises(RefusedError, match="TooManyRequests"):
        cloud.perform("create", "thing", make)
    assert list(cloud.read().resources) == ["thing0"]
    cloud.perform("create", "thing", make)
    assert len(cloud.read().resources) == 2


def test_a_lost_answer_leaves_its_effect(cloud: Cloud) -> None:
    with cloud.change() as world:
        world.faults.append(Fault("create", "thing", error="timeout", after=True))
    with pytest.raises(RefusedError, match="timeout"):
        cloud.perform("create", "thing", make)
    assert list(cloud.read().resources) == ["thing0"]


def test_an_effect_that_is_refused_changes_nothing(cloud: Cloud) -> None:
    def half(world: World) -> None:
        make(world)
        raise RefusedError("no")

    with pytest.raises(RefusedError):
        cloud.perform("create", "thing", half)
    assert cloud.read().resources == {}
