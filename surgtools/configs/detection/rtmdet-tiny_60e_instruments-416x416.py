_base_ = "./rtmdet-tiny_60e_instruments-320x320.py"
from surgtools.configs.pipelines import box_pipelines

train_pipeline, test_pipeline = box_pipelines((416, 416))

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
