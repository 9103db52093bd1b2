_base_ = "./rtmpose-s_60e_instruments-256x256.py"
from surgtools.configs.pipelines import pose_pipelines

size = (384, 384)
simcc = dict(type="UnionSimCC", input_size=size, sigma=6.93)
codec = simcc

model = dict(
    head=dict(input_size=size, in_featuremap_size=(12, 12), decoder=simcc),
)

train_pipeline, test_pipeline = pose_pipelines(
    size, encoder=simcc, photographs={{_base_.photographs}}, theatre=0.3
)

train_dataloader = dict(dataset=dict(min_keypoints=2, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
