# RTMPose-s for keypoints; whether the crop shows an instrument is read from its features and from
# those of ImageNet.
# `python tools/fit_presence.py` puts both together and fits the second part.
_base_ = "./rtmpose-s_60e_instruments-384x384.py"

mean, std = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]

model = dict(
    backbone=dict(
        _delete_=True,
        type="BackboneWithPhotoFeatures",
        backbone={{_base_.model.backbone}},
        photo_backbone=dict(type="EfficientNetLite0", out_indices=(4, 6), frozen_stages=7),
        mean=mean,
        std=std,
        pose_features=True,
        full_size=True,
    ),
    head=dict(presence_channels=2 * (2 * 112 + 320) + 512, presence_hidden=512),
)
