import numpy as np

from data_gen.instruments.scalpel import sample_scalpel


def test_a_blade_lengthens_the_handle():
    lengths = []
    for bladed in (0.0, 1.0):
        model = sample_scalpel(np.random.default_rng(3), {"bladed": bladed, "blade_length": 0.04})
        every = np.concatenate([part.vertices for part in model.articulate(0.0).parts])
        lengths.append(np.ptp(every[:, 1]))
    assert lengths[1] > lengths[0] + 0.002


def test_the_nib_is_slimmer_than_the_handle():
    model = sample_scalpel(np.random.default_rng(3), {"bladed": 0.0})
    vertices = model.articulate(0.0).parts[0].vertices
    end = vertices[:, 1].max()
    nib = vertices[vertices[:, 1] > end - 0.01]
    assert np.ptp(nib[:, 0]) < 0.6 * np.ptp(vertices[:, 0])
