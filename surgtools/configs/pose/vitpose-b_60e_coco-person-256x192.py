_base_ = "./vitpose-s_60e_coco-person-256x192.py"

model = dict(backbone=dict(arch="base", drop_path_rate=0.3), head=dict(in_channels=768))
optim_wrapper = dict(paramwise_cfg=dict(layer_decay_rate=0.75))
