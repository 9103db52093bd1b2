# The same network, that looks at half the lines of a 1080p frame: instruments of a third of
# them are too small at 640 pixels.
_base_ = "./rtmdet-lite0_60e_instruments-640x640.py"
from surgtools.configs.pipelines import composed_pipelines

train_pipeline, test_pipeline = composed_pipelines((384, 384), (960, 544), {{_base_.photographs}})

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
