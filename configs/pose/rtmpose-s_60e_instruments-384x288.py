_base_ = "./rtmpose-s_60e_instruments-256x256.py"

size = (288, 384)
simcc = dict(type="UnionSimCC", input_size=size, sigma=(6.0, 6.93))
codec = simcc

model = dict(
    head=dict(input_size=size, in_featuremap_size=(9, 12), decoder=simcc),
)

train_pipeline = [
    dict(type="LoadInstrumentImage", layer_prob=0.7),
    dict(type="GetBBoxCenterScale"),
    dict(type="InstrumentFlip"),
    dict(
        type="RandomBBoxTransform",
        shift_factor=0.08,
        scale_factor=(0.85, 1.4),
        rotate_factor=180,
        rotate_prob=0.9,
    ),
    dict(type="RandomPerspective", input_size=size),
    dict(type="RecomposeBackground"),
    dict(type="RandomOcclude"),
    dict(type="RandomPhotometric"),
    dict(type="RandomDegrade"),
    dict(type="GenerateTarget", encoder=simcc),
    dict(type="PackPoseInputs"),
]
test_pipeline = [
    dict(type="LoadInstrumentImage"),
    dict(type="GetBBoxCenterScale"),
    dict(type="TopdownAffine", input_size=size),
    dict(type="PackPoseInputs"),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
