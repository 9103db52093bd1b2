_base_ = "./rtmdet-tiny_60e_instruments-320x320.py"

size = (416, 416)

train_pipeline = [
    dict(type="LoadInstrumentImage", layer_prob=0.7),
    dict(type="RandomWarp", size=size, scale=(0.6, 1.5)),
    dict(type="RecomposeBackground", black_prob=0.0),
    dict(type="RandomOcclude", prob=0.2),
    dict(type="RandomPhotometric"),
    dict(type="RandomDegrade"),
    dict(type="PackDetInputs", meta_keys=("img_id", "img_path", "ori_shape", "img_shape")),
]
test_pipeline = [
    dict(type="LoadInstrumentImage"),
    dict(type="Resize", scale=size, keep_ratio=True),
    dict(type="Pad", size=size, pad_val=dict(img=(114, 114, 114))),
    dict(
        type="PackDetInputs",
        meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor", "instances"),
    ),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
