_base_ = "./rtmdet-tiny_60e_instruments-320x320.py"
from surgtools.configs.pipelines import composed_pipelines

# Held instruments in large frames. SURGTOOLS_PHOTOGRAPHS=DIR names a folder of pictures without
# any instrument.
train_pipeline, test_pipeline = composed_pipelines((384, 384), (640, 640), {{_base_.photographs}})

train_dataloader = dict(dataset=dict(type="ComposedDetDataset", pipeline=train_pipeline))
val_dataloader = dict(batch_size=4, dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
