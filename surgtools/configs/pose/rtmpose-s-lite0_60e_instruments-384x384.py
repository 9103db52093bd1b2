# RTMPose-s for keypoints; whether the crop shows an instrument is read from features of ImageNet,
# and from those of an earlier state of the pose backbone, or of itself where there is none.
# `python tools/fit_presence.py` puts them together and fits what reads them;
# `python tools/average_checkpoints.py --presence-apart` then takes a backbone that trained on.
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
        presence_backbone={{_base_.model.backbone}},
        pose_features=True,
        full_size=True,
    ),
    head=dict(presence_channels=2 * (2 * 112 + 320) + 512, presence_hidden=512),
)
