"""One import puts every part where either host finds it by bare name."""

import importlib

import pytest

import surgtools.register  # noqa: F401


def registry(host: str, name: str):
    return getattr(importlib.import_module(f"{host}.registry"), name)


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("HOOKS", "BFloat16FeaturesHook"),
        ("HOOKS", "ChannelsLastHook"),
        ("HOOKS", "FiniteLossHook"),
        ("HOOKS", "ProvenanceHook"),
        ("METRICS", "InstrumentBoxMetric"),
        ("METRICS", "InstrumentMetric"),
        ("TRANSFORMS", "LoadInstrumentImage"),
        ("TRANSFORMS", "RandomDegrade"),
        ("TRANSFORMS", "RandomOcclude"),
        ("TRANSFORMS", "RandomPhotometric"),
        ("TRANSFORMS", "RecomposeBackground"),
    ],
)
def test_shared_parts_are_visible_from_both_hosts(kind, part):
    assert registry("mmpose", kind).get(part) is registry("mmdet", kind).get(part) is not None


@pytest.mark.parametrize(
    ("host", "kind", "part"),
    [
        ("mmpose", "DATASETS", "InstrumentDataset"),
        ("mmpose", "KEYPOINT_CODECS", "UnionSimCC"),
        ("mmpose", "MODELS", "InstrumentRTMCCHead"),
        ("mmpose", "MODELS", "SimCCKLLoss"),
        ("mmpose", "TRANSFORMS", "InstrumentFlip"),
        ("mmpose", "TRANSFORMS", "RandomPerspective"),
        ("mmdet", "DATASETS", "InstrumentDetDataset"),
        ("mmdet", "MODELS", "InstrumentRTMDetHead"),
        ("mmdet", "TRANSFORMS", "RandomWarp"),
    ],
)
def test_parts_of_one_stage(host, kind, part):
    assert registry(host, kind).get(part) is not None
