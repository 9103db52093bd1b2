import numpy as np

from surgtools.prediction.host_peer import host_predictor


def test_the_hosts_inferencer_runs_our_models(random_models):
    predict = host_predictor(**random_models, bbox_thr=0.01)
    image = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    (instances,) = predict(image)["predictions"]
    assert len(instances) > 0
    assert len(instances[0]["keypoints"]) == 10
