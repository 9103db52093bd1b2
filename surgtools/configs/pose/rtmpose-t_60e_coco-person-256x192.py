_base_ = "./rtmpose-s_60e_coco-person-256x192.py"

model = dict(
    backbone=dict(deepen_factor=0.167, widen_factor=0.375),
    head=dict(in_channels=384),
)
