# The same on features of photographs: EfficientNet-Lite0 with its ImageNet weights, which
# `python tools/imagenet_start.py` writes for `load_from`, frozen up to stride 8.
_base_ = "./rtmdet-tiny_60e_instruments-640x640.py"

model = dict(
    data_preprocessor=dict(mean=[127.0] * 3, std=[128.0] * 3, bgr_to_rgb=True),
    backbone=dict(_delete_=True, type="EfficientNetLite0", frozen_stages=3),
    neck=dict(in_channels=[40, 112, 320]),
)
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.25))),
)
