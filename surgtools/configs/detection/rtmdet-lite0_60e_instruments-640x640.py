# The same on features of photographs: EfficientNet-Lite0 with its ImageNet weights, frozen up to
# stride 8. `python tools/stitch_backbone.py` writes what training starts from, for `load_from`.
_base_ = "./rtmdet-tiny_60e_instruments-640x640.py"

model = dict(
    data_preprocessor=dict(mean=[127.0] * 3, std=[128.0] * 3, bgr_to_rgb=True),
    backbone=dict(
        _delete_=True, type="EfficientNetLite0", frozen_stages=3, adapters=(96, 192, 384)
    ),
)
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={"backbone.stages": dict(lr_mult=0.25)},
    ),
)
