_base_ = "./rtmpose-s_60e_coco-person-256x192.py"

model = dict(
    backbone=dict(deepen_factor=0.67, widen_factor=0.75),
    head=dict(in_channels=768),
)
