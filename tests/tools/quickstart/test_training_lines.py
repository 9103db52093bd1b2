"""What is shown of a training is short."""

from tools.quickstart.training_lines import training_line


def test_training_lines_become_short():
    line = (
        "11/21 00:39:14 - mmengine - INFO - Epoch(train) [1][ 2/20]  base_lr: 1.7e-03 lr: "
        "1.7e-03  eta: 0:01:06  time: 33.4  data_time: 0.09  grad_norm: 8.1  loss: 8.345667  "
        "loss_kpt: 8.2"
    )
    assert training_line(line) == "epoch 1, iteration 2/20: loss 8.346, 0:01:06 left"
    line = "x - INFO - Epoch(val) [5][3/3]    boxes/AP: 0.412345  boxes/AP50: 0.7"
    assert training_line(line) == "epoch 5: boxes/AP 0.412 on data/val"
    assert training_line("    sys.platform: linux") is None
